#!/usr/bin/env node
/** `npx @spanlight/sdk doctor -- node app.js`: finds out why nothing arrives, and says what to do. */
import { parseArgs } from "node:util";
import { examine } from "./examine.ts";
import { renderFindings } from "./finding.ts";

const usage = `usage: spanlight-sdk doctor [--seconds 15] [--json] [-- command of the application]

Checks the settings in the environment, sends a probe through every signal to every destination, and, given a command,
runs it and looks at what the SDK sees inside. Exits with 1 when a step fails.
`;

async function main(): Promise<number> {
  const separator = process.argv.indexOf("--");
  const own = process.argv.slice(2, separator < 0 ? undefined : separator);
  const command = separator < 0 ? [] : process.argv.slice(separator + 1);
  const options = {
    seconds: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  } as const;
  const { values, positionals } = parseArgs({ args: own, options, allowPositionals: true });
  const seconds = Number(values.seconds ?? "15");
  if (values.help === true || positionals[0] !== "doctor" || !(seconds > 0)) {
    process.stdout.write(usage);
    return values.help === true ? 0 : 2;
  }
  const findings = await examine({
    environment: process.env,
    command,
    execArgv: process.execArgv,
    nodeVersion: process.versions.node,
    timeoutMs: seconds * 1000,
    now: Date.now,
  });
  process.stdout.write(
    values.json === true ? `${JSON.stringify(findings, null, 2)}\n` : renderFindings(findings),
  );
  return findings.some(({ state }) => state === "failed") ? 1 : 0;
}

// Connections of the SDK hold no process open; this one has to wait for their answers.
const held = setInterval(() => undefined, 60_000);
try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exitCode = 2;
}
clearInterval(held);
