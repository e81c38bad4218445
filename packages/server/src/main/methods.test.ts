// Requests as programs send them over a real connection: other methods than a route knows, bodies of no known length or none at all.
import { request } from "node:http";
import { problemSchema } from "@spanlight/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "./server.fixture.ts";

let running: TestServer;

beforeAll(async () => {
  running = await startTestServer();
});
afterAll(() => running.close());

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly allow: string | undefined;
  readonly text: string;
}

/** Sends the parts of a body in chunks; without any there is no body and no length. */
function send(method: string, path: string, parts: readonly string[] = []): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = parts.length === 0 ? {} : { "content-type": "application/json" };
    const sent = request(`${running.server.url}${path}`, { method, headers }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers["content-type"] ?? "",
          allow: response.headers.allow,
          text,
        }),
      );
    });
    sent.on("error", reject);
    for (const part of parts) sent.write(part);
    sent.end();
  });
}

function readProblem({ type, text }: Answer): unknown {
  expect(type).toBe("application/problem+json");
  return problemSchema.strict().parse(JSON.parse(text));
}

test.each([
  ["GET", "/v1/traces", "POST"],
  ["PUT", "/v1/logs", "POST"],
  ["GET", "/otel/v1/traces", "POST"],
  ["POST", "/api/traces", "GET, HEAD"],
  ["DELETE", `/api/traces/${"a".repeat(32)}`, "GET, HEAD"],
  ["OPTIONS", "/api/overview", "GET, HEAD"],
  ["PATCH", "/api/alerts/files/some", "GET, HEAD, PUT, DELETE"],
  ["DELETE", "/api/scores", "POST, GET, HEAD"],
])("%s %s is not allowed, and the answer says what is", async (method, path, allow) => {
  const answer = await send(method, path);
  expect([answer.status, answer.allow]).toEqual([405, allow]);
  expect(readProblem(answer)).toMatchObject({ status: 405, code: "method_not_allowed" });
});

test.each([
  ["GET", "/api/nonsense"],
  ["GET", "/v1/nonsense"],
  ["POST", "/v1/nonsense"],
  ["GET", "/prometheus/api/v1/nonsense"],
  ["GET", "/mcp"],
  ["POST", "/"],
  ["DELETE", "/traces"],
  ["GET", "/assets/none.js"],
  ["GET", "/sessions?name=default"],
  ["GET", "/commits/-/greeting/latest"],
])("there is nothing at %s %s, and no page instead", async (method, path) => {
  const answer = await send(method, path);
  expect(answer.status).toBe(404);
  expect(readProblem(answer)).toMatchObject({ status: 404, code: "unknown_path" });
});

test.each([
  ["/api/prices/custom/none", "price_not_found"],
  ["/api/alerts/silences/none", "silence_not_found"],
])("DELETE %s needs no body", async (path, code) => {
  const answer = await send("DELETE", path);
  expect(answer.status).toBe(404);
  expect(readProblem(answer)).toMatchObject({ code });
});

test("a body may come in chunks, of which no more are read than the route takes", async () => {
  const checked = await send("POST", "/api/alerts/check", ['{"expr":', '"sum(up) by (ñ', 'ame)"}']);
  expect(checked.status).toBe(200);
  const tooLong = await send(
    "POST",
    "/api/reprice",
    Array.from({ length: 80 }, () => " ".repeat(1024)),
  );
  expect(tooLong.status).toBe(413);
  expect(readProblem(tooLong)).toMatchObject({ code: "body_too_large" });
});

test("a day is a time, and one that no clock here can hold is refused in words that say so", async () => {
  expect(await send("GET", "/api/traces?from=2026-11-21&to=2026-11-22")).toMatchObject({ status: 200 });
  const far = await send("GET", "/api/overview?to=2999-01-01T00:00:00Z");
  expect(far.status).toBe(400);
  expect(readProblem(far)).toMatchObject({ detail: expect.stringContaining("from 1970 to 2261") });
});

test("a score that cannot be taken is answered as a problem, as every other route of the API does", async () => {
  const wrong = await send("POST", "/api/scores", ['{"traceId":"zz","name":"helpful","value":1}']);
  expect(wrong.status).toBe(400);
  expect(readProblem(wrong)).toMatchObject({
    code: "malformed_request",
    detail: expect.stringContaining("traceId"),
  });
});
