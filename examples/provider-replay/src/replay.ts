// npm run replay:providers -- DIR: replays recorded provider answers through the real clients and the SDK.
import { existsSync } from "node:fs";
import { runReplay } from "./run-replay.ts";

const [directory] = process.argv.slice(2);
if (directory === undefined || !existsSync(directory)) {
  process.stderr.write(
    directory === undefined
      ? "Name the folder of recordings: npm run replay:providers -- DIR\n"
      : `There is no folder ${directory}: name one laid out as <provider>/<recording>\n`,
  );
  process.exit(1);
}

const { passed, failed, skipped } = await runReplay(directory);
for (const { name, reason } of skipped) process.stderr.write(`skipped ${name}: ${reason}\n`);
for (const { name, differences } of failed)
  process.stdout.write(`differs ${name}\n  ${differences.join("\n  ")}\n`);
process.stdout.write(`${passed} passed, ${failed.length} failed, ${skipped.length} skipped\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
