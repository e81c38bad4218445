import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { healthSchema } from "@spanlight/contract";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestServer, type TestServer } from "./server.fixture.ts";

let test: TestServer;

beforeAll(async () => {
  test = await startTestServer({
    prepare: async (directory) => {
      mkdirSync(join(directory, "spool"));
      writeFileSync(join(directory, "spool", "000000000001.spans.native"), "rows without a sidecar");
      mkdirSync(join(directory, "native"));
      writeFileSync(join(directory, "native", "open-spans.journal"), "00000000 a line that has changed\n");
    },
  });
});
afterAll(() => test.close());

it("health and metrics tell what a start found damaged, and the server is ready", async () => {
  const read = async (path: string): Promise<string> => (await fetch(`${test.server.url}${path}`)).text();
  const { status, checks } = healthSchema.parse(JSON.parse(await read("/api/health")));
  expect(status).toBe("degraded");
  expect(checks["spool"]?.message).toMatch(
    /^1 frame of the spool found damaged at the start, 22 bytes without any word of what they are/,
  );
  expect(checks["open_spans"]?.message).toMatch(/damaged in 1 line when the server started/);
  const metrics = await read("/metrics");
  expect(metrics).toMatch(/^spanlight_spool_damaged_frames 1$/m);
  expect(metrics).toMatch(/^spanlight_spool_unaccounted_bytes 22$/m);
  expect((await fetch(`${test.server.url}/readyz`)).status).toBe(200);
});
