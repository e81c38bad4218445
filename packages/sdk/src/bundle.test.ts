import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startHttpProvider, type HttpProvider } from "../testing/http-provider.ts";
import { startOtlpReceiver, type OtlpReceiver } from "../testing/otlp-receiver.ts";

let directory: string;
let provider: HttpProvider;
let receiver: OtlpReceiver;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "spanlight-bundle-"));
  provider = await startHttpProvider();
  receiver = await startOtlpReceiver();
});
afterAll(async () => {
  await provider.close();
  await receiver.close();
  await rm(directory, { recursive: true });
});

test.each([
  ["cjs", "app.cjs"],
  ["esm", "app.mjs"],
] as const)("an application bundled into one %s file is traced", async (format, file) => {
  const outfile = join(directory, file);
  await build({
    entryPoints: [fileURLToPath(new URL("../testing/apps/bundled-app.mjs", import.meta.url))],
    bundle: true,
    platform: "node",
    format,
    outfile,
    conditions: ["@spanlight/source"],
    logLevel: "silent",
    // What bundlers of ES modules for Node give CommonJS dependencies.
    ...(format === "esm"
      ? {
          banner: {
            js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
          },
        }
      : {}),
  });
  const before = receiver.spans().length;
  const output = await run(outfile);
  expect(output).toBe("Paris.\n");
  const [span] = receiver.spans().slice(before);
  expect(span?.attributes).toMatchObject({ "gen_ai.usage.output_tokens": 40 });
  expect(span?.attributes["app.cost.usd"]).toBeGreaterThan(0);
});

function run(file: string): Promise<string> {
  const env = { OPENAI_BASE_URL: provider.baseUrl, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  const child = spawn(process.execPath, [file], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => {
      output += data.toString();
    });
  return new Promise((resolve) => {
    child.on("close", () => resolve(output));
  });
}
