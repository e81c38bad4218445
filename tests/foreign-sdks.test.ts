// Applications with the SDKs of other products, unmodified, pointed at the server by their base URL.
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ScoreList, Span, Trace, TraceList } from "@spanlight/contract";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { completion, openFixedProvider } from "./foreign-sdks/provider.ts";
import { runNode, startServerProcess, type ServerProcess } from "./server-process.ts";

const programs = join(import.meta.dirname, "foreign-sdks");
const installed = join(import.meta.dirname, "../.cache/foreign-sdks");

interface Application {
  readonly name: string;
  readonly root: string;
  /** What the SDK itself does not say. */
  readonly lacks?: ReadonlyArray<"session" | "cached" | "score" | "comment">;
}

const applications: readonly Application[] = [
  { name: "langfuse-3", root: "answer" },
  { name: "langfuse-5", root: "answer" },
  { name: "langsmith", root: "answer" },
  { name: "langsmith-latest", root: "answer" },
  { name: "opik", root: "answer" },
  { name: "phoenix", root: "chat" },
  { name: "traceloop", root: "answer.workflow", lacks: ["cached", "comment"] },
  { name: "openlit", root: "answer", lacks: ["session"] },
];

/** SDKs that drag in a hundred megabytes each are installed apart from the repository. */
const apart = Object.keys(JSON.parse(readFileSync(join(programs, "packages.json"), "utf8")) as object);

let server: ServerProcess;
let provider: Awaited<ReturnType<typeof openFixedProvider>>;
beforeAll(async () => {
  [server, provider] = await Promise.all([startServerProcess(), openFixedProvider()]);
});
afterAll(async () => {
  provider.close();
  await server.stop();
});

/** The program where its packages are found; undefined where they are not installed. */
function findProgram(name: string): string | undefined {
  const file = join(programs, `${name}.mjs`);
  if (!apart.includes(name)) return file;
  const copy = join(installed, name, `${name}.mjs`);
  if (!existsSync(join(installed, name, "node_modules"))) return undefined;
  copyFileSync(file, copy);
  return copy;
}

async function read<Answer>(path: string): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`);
  if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
  return response.json() as Promise<Answer>;
}

async function runApplication(name: string, program: string): Promise<void> {
  const ended = await runNode([program], {
    env: {
      SPANLIGHT_URL: server.url,
      PROVIDER_URL: provider.url,
      USER_ID: `user-${name}`,
      SESSION_ID: `session-${name}`,
      LANGSMITH_TRACING: "true",
      LANGSMITH_ENDPOINT: server.url,
      LANGSMITH_API_KEY: "x",
    },
  });
  expect(ended.code, ended.stderr).toBe(0);
}

/** The application's only trace, once its root and its model call can be read. */
function waitForTrace(name: string, root: string): Promise<Trace> {
  return vi.waitFor(
    async () => {
      const { items } = await read<TraceList>(`/api/traces?user=user-${name}`);
      const [found] = items;
      if (found?.name !== root || !found.complete || found.models.length === 0)
        throw new Error(`no whole trace of ${name} yet: ${JSON.stringify(items)}`);
      return read<Trace>(`/api/traces/${found.traceId}`);
    },
    { timeout: 20_000, interval: 100 },
  );
}

function findCall(trace: Trace): Span | undefined {
  return trace.spans.find((span) => span.spanType === "model");
}

/** The heavy ones (up to 260 MB each) are installed and run by `npm run test:sdks`; they are no part of every test run. */
const runnable = applications.flatMap((application) => {
  const program = findProgram(application.name);
  return program === undefined ? [] : [{ ...application, program }];
});

it.for(runnable)(
  "$name arrives with model, tokens, cost, messages, user, session and score",
  { timeout: 60_000 },
  async ({ name, root, program, lacks = [] }) => {
    await runApplication(name, program);
    const trace = await waitForTrace(name, root);
    const call = findCall(trace);
    const { usage } = completion;
    expect(call).toMatchObject({
      inputTokens: usage.prompt_tokens,
      outputTokens: usage.completion_tokens,
      cacheReadTokens: lacks.includes("cached") ? null : usage.prompt_tokens_details.cached_tokens,
      billed: true,
      unpriced: false,
      costUsd: expect.any(Number),
      userId: `user-${name}`,
      sessionId: lacks.includes("session") ? null : `session-${name}`,
      inputMessages: [{ role: "user", parts: [{ type: "text", content: "hi" }] }],
      outputMessages: [{ role: "assistant", parts: [{ type: "text", content: "Hello!" }] }],
    });
    expect([call?.requestModel, call?.responseModel].join(" ")).toContain("gpt-4o-mini");
    expect(trace).toMatchObject({ complete: true, inputTokens: usage.prompt_tokens });
    if (lacks.includes("score")) return;
    await vi.waitFor(
      async () => {
        const { items } = await read<ScoreList>(`/api/scores?traceId=${trace.traceId}`);
        const comment = lacks.includes("comment") ? null : "good";
        expect(items).toMatchObject([{ name: "helpful", value: 0.9, comment }]);
      },
      { timeout: 10_000, interval: 100 },
    );
  },
);
