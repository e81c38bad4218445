import { trace } from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from "@opentelemetry/sdk-trace-base";
import { init, type Spanlight } from "@spanlight/sdk";
import { anthropicReplayers } from "./anthropic/replay-anthropic.ts";
import { bedrockReplayers } from "./bedrock/replay-bedrock.ts";
import { compareSpan } from "./compare.ts";
import { asJson, failedCall, type CallFacts } from "./facts.ts";
import { cohereReplayers } from "./cohere/replay-cohere.ts";
import { interactionReplayers } from "./google/replay-interactions.ts";
import { googleReplayers } from "./google/replay-google.ts";
import { openAiReplayers } from "./openai/replay-openai.ts";
import { readRecordings } from "./read-recordings.ts";
import { MalformedEvent, type Recording } from "./recording.ts";
import type { Replayer } from "./replayer.ts";
import { skipReason } from "./skipped.ts";

const replayers: readonly Replayer[] = [
  ...openAiReplayers,
  ...anthropicReplayers,
  ...googleReplayers,
  ...interactionReplayers,
  ...cohereReplayers,
  ...bedrockReplayers,
];

export interface ReplayResult {
  readonly passed: number;
  readonly failed: readonly { readonly name: string; readonly differences: readonly string[] }[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/** Sends every recording below a folder through the real clients and compares the spans with what was recorded. */
export async function runReplay(directory: string): Promise<ReplayResult> {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const isOurs = trace.setGlobalTracerProvider(provider);
  const sdk = init({
    service: "provider-replay",
    captureContent: true,
    exportBesideProvider: false,
    flushOnExit: false,
  });
  try {
    return await replayAll(readRecordings(directory), { sdk, exporter });
  } finally {
    await sdk.shutdown();
    if (isOurs) trace.disable();
  }
}

interface Bench {
  readonly sdk: Spanlight;
  readonly exporter: InMemorySpanExporter;
}

async function replayAll(recordings: readonly Recording[], bench: Bench): Promise<ReplayResult> {
  let passed = 0;
  const failed: { name: string; differences: string[] }[] = [];
  const skipped: { name: string; reason: string }[] = [];
  for (const recording of recordings) {
    const reason = skipReason(recording);
    if (reason !== undefined) {
      skipped.push({ name: recording.name, reason });
      continue;
    }
    const differences = await replayOne(recording, bench);
    if (differences.length === 0) passed++;
    else failed.push({ name: recording.name, differences });
  }
  return { passed, failed, skipped };
}

async function replayOne(recording: Recording, bench: Bench): Promise<string[]> {
  const differences: string[] = [];
  for (const call of splitCalls(recording)) differences.push(...(await replayCall(call, bench)));
  return differences;
}

/** Some files hold the streams of several calls, one after the other. */
function splitCalls(recording: Recording): Recording[] {
  const { answer } = recording;
  if (answer.kind !== "events") return [recording];
  const calls: unknown[][] = [[]];
  for (const event of answer.events) {
    const last = calls.at(-1);
    const previous = asJson(last?.at(-1))["type"];
    if (asJson(event)["type"] === "message_start" && previous === "message_stop") calls.push([event]);
    else last?.push(event);
  }
  return calls.map((events) => ({ ...recording, answer: { kind: "events", events } }));
}

async function replayCall(recording: Recording, bench: Bench): Promise<string[]> {
  const accepting = replayers.filter((replayer) => replayer.accepts(recording));
  if (accepting.length === 0) return ["no client takes this format"];
  const differences: string[] = [];
  for (const replayer of accepting) {
    const spans = await spansOf(replayer, recording, bench);
    const [span] = spans;
    const found =
      span === undefined || spans.length > 1
        ? [`${spans.length} spans instead of one`]
        : compareSpan(span, factsOf(replayer, recording));
    differences.push(...found.map((difference) => `${replayer.name}: ${difference}`));
  }
  return differences;
}

/** A client stops at an event it cannot parse: the call has failed, and what came before is all there is. */
function factsOf(replayer: Replayer, recording: Recording): CallFacts {
  const { answer } = recording;
  const broken =
    answer.kind === "events" ? answer.events.findIndex((event) => event instanceof MalformedEvent) : -1;
  if (answer.kind !== "events" || broken < 0) return replayer.facts(recording);
  if (broken === 0) return failedCall;
  const events = answer.events.slice(0, broken);
  return { ...replayer.facts({ ...recording, answer: { kind: "events", events } }), failed: true };
}

async function spansOf(replayer: Replayer, recording: Recording, bench: Bench): Promise<ReadableSpan[]> {
  bench.exporter.reset();
  // The client's own error belongs to the recording; what counts is the span it leaves.
  await replayer.replay(recording).catch(() => undefined);
  await bench.sdk.forceFlush();
  return bench.exporter.getFinishedSpans();
}
