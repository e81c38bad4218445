import { readConfig, type Config } from "../config.ts";
import { readNamedDestinations } from "../destinations/read-named.ts";
import type { Environment } from "../environment.ts";
import { createResource } from "../tracing/resource.ts";
import type { AppReport } from "./app-report.ts";
import { checkApp } from "./check-app.ts";
import { checkSettings } from "./check-settings.ts";
import { failed, type Finding } from "./finding.ts";
import { probeDestinations } from "./probe-destinations.ts";
import { runApp } from "./run-app.ts";

export interface ExamineOptions {
  readonly environment: Environment;
  /** Program and arguments of the application; empty: only the environment is examined. */
  readonly command: readonly string[];
  readonly execArgv: readonly string[];
  readonly nodeVersion: string;
  readonly timeoutMs: number;
  readonly now: () => number;
}

/** Looks at settings, destinations and the application, in this order. */
export async function examine(options: ExamineOptions): Promise<readonly Finding[]> {
  const warnings: string[] = [];
  const named = await readNamedDestinations(options.environment, (sentence) => warnings.push(sentence));
  let read: Config;
  try {
    read = readConfig({ destinations: named }, options.environment);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [failed("settings", message, "correct the setting: without it nothing starts")];
  }
  const report = options.command.length === 0 ? undefined : await runApp(options);
  // What the application says in code wins over what stands in the environment.
  const config: Config = { ...read, ...report?.settings, warnings: [...warnings, ...read.warnings] };
  const probes = await probeDestinations({
    destinations: config.destinations,
    resource: createResource(config.resource),
    exportsMetrics: config.exportMetrics,
    now: options.now,
  });
  const settings = checkSettings(config, options.environment, options.nodeVersion);
  return [...settings, ...probes, ...describeApp(options.command, report)];
}

function describeApp(command: readonly string[], report: AppReport | undefined): readonly Finding[] {
  if (command.length === 0) return [];
  if (report !== undefined) return checkApp(report);
  return [
    failed(
      "start",
      `"${command.join(" ")}" did not run, or not in Node`,
      "give the command that starts the application: spanlight-sdk doctor -- node app.js",
    ),
  ];
}
