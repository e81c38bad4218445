import { expect } from "vitest";
import type { WireSpan } from "../decode-trace-request.ts";
import { startRecordedSdk, type RecordedSdk } from "../recorded-sdk.ts";

/** How a stream is read: to its end, left after its first output, or aborted there; `undefined` where there is no such way. */
export type Reading = "whole" | "break" | "abort";

/** A client of the matrix: the real library against a provider that gives the expected answer. */
export interface MatrixClient {
  readonly name: string;
  /** Makes a call, tells what it answered. */
  readonly call: () => Promise<unknown>;
  readonly stream?: (reading: Reading) => Promise<unknown>;
  readonly readings?: readonly Reading[];
  /** Makes a call that the provider refuses; rejects. */
  readonly fail: () => Promise<unknown>;
  readonly expected: Expected;
  /** What only some libraries have: resolves when it is as it should be. */
  readonly surface?: Readonly<Record<string, (recorded: RecordedSdk) => Promise<void>>>;
}

/** What the spans of a client tell; undefined where the library or its provider has no such thing. */
export interface Expected {
  readonly answer: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens?: number;
  readonly reasoningTokens?: number;
  readonly model?: string;
  readonly finishReason: string;
  readonly server?: string;
  readonly errorType: string;
}

export type Cell = "yes" | "no" | "–";
type Check = (span: WireSpan, expected: Expected) => boolean | undefined;

const has =
  (name: string): Check =>
  (span) =>
    name in span.attributes;
const equals =
  (name: string, pick: (expected: Expected) => unknown): Check =>
  (span, expected) => {
    const value = pick(expected);
    return value === undefined ? undefined : same(span.attributes[name], value);
  };

function same(seen: unknown, value: unknown): boolean {
  return JSON.stringify(seen) === JSON.stringify(value);
}

const callChecks: Readonly<Record<string, Check>> = {
  "answering model": equals("gen_ai.response.model", ({ model }) => model),
  "finish reason": equals("gen_ai.response.finish_reasons", ({ finishReason }) => [finishReason]),
  "input tokens, cached ones included": equals("gen_ai.usage.input_tokens", ({ inputTokens }) => inputTokens),
  "output tokens, reasoning included": equals(
    "gen_ai.usage.output_tokens",
    ({ outputTokens }) => outputTokens,
  ),
  "cached tokens": equals("gen_ai.usage.cache_read.input_tokens", ({ cacheReadTokens }) => cacheReadTokens),
  "reasoning tokens": equals(
    "gen_ai.usage.reasoning.output_tokens",
    ({ reasoningTokens }) => reasoningTokens,
  ),
  cost: has("app.cost.usd"),
  "server address": equals("server.address", ({ server }) => server),
  "content, where recorded": (span, { answer }) =>
    String(span.attributes["gen_ai.output.messages"]).includes(answer),
};

const streamChecks: Readonly<Record<string, Check>> = {
  "stream: tokens of the provider": (span, { inputTokens, outputTokens }) =>
    span.attributes["gen_ai.usage.input_tokens"] === inputTokens &&
    span.attributes["gen_ai.usage.output_tokens"] === outputTokens &&
    !("app.usage.estimated" in span.attributes),
  "stream: time to the first output": (span) =>
    (span.attributes["gen_ai.response.time_to_first_chunk"] as number) > 0,
  "stream: answering model": equals("gen_ai.response.model", ({ model }) => model),
  "stream: ends once, at its end": (span) => span.attributes["app.stream.end"] === "completed",
};

const cutRows = {
  whole: "",
  break: "stream left early: ended at once, marked",
  abort: "stream aborted: ended once, marked",
} as const;

/** The rows every client has, in the order of the page. */
export const features: readonly string[] = [
  "a call is one span",
  ...Object.keys(callChecks),
  "a streamed call is one span",
  ...Object.keys(streamChecks),
  cutRows.break,
  cutRows.abort,
  "a refused call is one failed span with its type",
  "works without the SDK running",
];

/** Every cell of a client, from calls that are made for it. */
export async function probeClient(client: MatrixClient): Promise<Map<string, Cell>> {
  const cells = new Map<string, Cell>(features.map((feature) => [feature, "–"]));
  const put: Put = (feature, held) => void cells.set(feature, held === undefined ? "–" : held ? "yes" : "no");
  const { expected } = client;
  const called = await observe(client.call);
  put("a call is one span", called.spans.length === 1 && String(called.answer).includes(expected.answer));
  putChecks(callChecks, { put, span: called.spans[0], expected });
  if (client.stream !== undefined) await probeStream(client, client.stream, put);
  const failed = await observe(() => expect(client.fail()).rejects.toThrow());
  const [refused] = failed.spans;
  put(
    "a refused call is one failed span with its type",
    failed.spans.length === 1 &&
      refused?.status.code === 2 &&
      refused.attributes["error.type"] === expected.errorType,
  );
  put("works without the SDK running", String(await client.call()).includes(expected.answer));
  return cells;
}

type Put = (feature: string, held: boolean | undefined) => void;

async function probeStream(
  { expected, readings = ["whole", "break", "abort"] }: MatrixClient,
  stream: NonNullable<MatrixClient["stream"]>,
  put: Put,
): Promise<void> {
  const whole = await observe(() => stream("whole"));
  put(
    "a streamed call is one span",
    whole.spans.length === 1 && String(whole.answer).includes(expected.answer),
  );
  putChecks(streamChecks, { put, span: whole.spans[0], expected });
  for (const reading of readings.filter((each) => each !== "whole")) {
    const { spans } = await observe(() => stream(reading).catch(() => undefined));
    const isMarked = spans[0]?.attributes["app.stream.incomplete"] === true;
    put(
      cutRows[reading],
      spans.length === 1 && isMarked && spans[0]?.attributes["app.stream.end"] === reading,
    );
  }
}

interface Checked {
  readonly put: Put;
  readonly span: WireSpan | undefined;
  readonly expected: Expected;
}

function putChecks(checks: Readonly<Record<string, Check>>, { put, span, expected }: Checked): void {
  for (const [feature, check] of Object.entries(checks))
    put(feature, span === undefined ? false : check(span, expected));
}

/** Runs the work beside a running SDK; gives what it resolved to and the spans of its model calls. */
async function observe(work: () => Promise<unknown>): Promise<{ answer: unknown; spans: WireSpan[] }> {
  const recorded = await startRecordedSdk({ captureContent: true });
  try {
    const answer = await work();
    const spans = (await recorded.flush()).filter(({ kind }) => kind === 3);
    return { answer, spans };
  } finally {
    await recorded.stop();
  }
}

/** The cells of what only some libraries have. */
export async function probeSurface(client: MatrixClient): Promise<Map<string, Cell>> {
  const cells = new Map<string, Cell>();
  for (const [feature, probe] of Object.entries(client.surface ?? {})) {
    const recorded = await startRecordedSdk({ captureContent: true });
    const held = await probe(recorded).then(
      () => "yes" as const,
      () => "no" as const,
    );
    await recorded.stop();
    cells.set(feature, held);
  }
  return cells;
}
