import type { Config } from "../config.ts";
import type { Environment } from "../environment.ts";
import { createTraceId } from "../tracing/ids.ts";
import { failed, note, ok, type Finding } from "./finding.ts";

const minimumNode = [20, 19] as const;

/** What the settings say before anything is sent. */
export function checkSettings(
  config: Config,
  environment: Environment,
  nodeVersion: string,
): readonly Finding[] {
  return [
    checkNode(nodeVersion),
    ...config.warnings.map((warning) => failed("settings", warning, mendOf(warning))),
    ...checkSwitches(config),
    checkSampling(config, environment),
    checkContent(config),
  ];
}

function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isOld = major < minimumNode[0] || (major === minimumNode[0] && minor < minimumNode[1]);
  return isOld
    ? failed("node", `Node ${version} is older than the SDK runs on`, "use Node 20.19 or newer")
    : ok("node", `Node ${version}`);
}

function mendOf(warning: string): string {
  if (warning.includes("_PROTOCOL="))
    return "unset it, and name the HTTP port of the server: 4318 where gRPC has 4317";
  return "correct the setting";
}

function checkSwitches(config: Config): readonly Finding[] {
  if (config.disabled)
    return [failed("settings", "OTEL_SDK_DISABLED is true: nothing happens", "unset OTEL_SDK_DISABLED")];
  if (!config.exportTraces)
    return [
      failed("settings", "OTEL_TRACES_EXPORTER is none: no span is sent", "unset OTEL_TRACES_EXPORTER"),
    ];
  const names = config.destinations.map(({ name }) => name).join(", ");
  if (names === "")
    return [failed("settings", "there is no destination to send to", "name one, or give it its key")];
  return [ok("settings", `service ${config.resource.service}, sends to ${names}`)];
}

/** Asks the sampler itself: whatever its name, it keeps root traces or it does not. */
function checkSampling(config: Config, environment: Environment): Finding {
  const tries = 1000;
  let kept = 0;
  for (let index = 0; index < tries; index++)
    if (config.sampler({ traceId: createTraceId(), parent: "none" })) kept++;
  const name = environment["OTEL_TRACES_SAMPLER"] ?? "parentbased_always_on";
  if (kept === 0)
    return failed(
      "sampling",
      `sampler ${name} keeps no trace`,
      "unset OTEL_TRACES_SAMPLER, or set OTEL_TRACES_SAMPLER_ARG above 0",
    );
  if (kept === tries) return ok("sampling", "every trace is kept");
  return note("sampling", `sampler ${name} keeps about ${Math.round((100 * kept) / tries)} % of the traces`);
}

function checkContent(config: Config): Finding {
  if (config.captureContent) return ok("content", "messages, tool arguments and results are recorded");
  return note(
    "content",
    "messages, tool arguments and results stay in the process",
    "to record them set SPANLIGHT_CAPTURE_CONTENT=true, or init({ captureContent: true })",
  );
}
