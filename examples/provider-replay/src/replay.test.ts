import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runReplay } from "./run-replay.ts";

const conformance =
  process.env["SPANLIGHT_CONFORMANCE"] ??
  fileURLToPath(new URL("../../../../shared/conformance", import.meta.url));

test("every recorded answer replayed through the real clients gives the span the recording tells of", async (context) => {
  const directory = `${conformance}/providers`;
  if (!existsSync(directory)) {
    process.stderr.write(`skipped: there are no recordings at ${directory}; set SPANLIGHT_CONFORMANCE\n`);
    context.skip(`no recordings at ${directory}`);
  }
  const result = await runReplay(directory);
  expect(result.failed).toEqual([]);
  expect(result.passed).toBeGreaterThan(160);
});
