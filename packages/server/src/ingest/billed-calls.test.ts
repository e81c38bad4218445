import { mkdirSync, rmSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { encodeProtobuf, type FixtureSpan } from "../decode/otlp.fixture.ts";
import { Pricer } from "../price/price-call.ts";
import type { SignalIngest } from "./group-commit.ts";
import { createTraceIngest } from "./ingest-traces.ts";
import { RecentCalls, spanMark } from "./recent-calls.ts";
import { openRefusableSpool, openTestWay, type TestWay } from "./signals.fixture.ts";

let way: TestWay;
let recentCalls: RecentCalls;
let traces: SignalIngest;
let count = 0;
let project: string;

beforeAll(async () => {
  way = await openTestWay();
});
afterAll(() => way.close());
beforeEach(() => {
  count += 1;
  project = `p${count}`;
  recentCalls = new RecentCalls(64);
  traces = createTraceIngest({ spool: way.spool, pricer: new Pricer(), recentCalls });
});

/** A model call by the number of its span; `parent` is the number of the span it lies in. */
function call(span: number, parent?: number, attributes: FixtureSpan["attributes"] = {}): FixtureSpan {
  const id = (number: number): string => number.toString(16).padStart(16, "0");
  return {
    spanId: id(span),
    ...(parent === undefined ? {} : { parentSpanId: id(parent) }),
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.usage.input_tokens": 1000,
      "gen_ai.usage.output_tokens": 100,
      ...attributes,
    },
  };
}

const unpaid = { "gen_ai.usage.input_tokens": undefined, "gen_ai.usage.output_tokens": undefined };
const embedding = { "gen_ai.operation.name": "embeddings" };

async function send(spans: readonly FixtureSpan[], to = project): Promise<void> {
  await traces.accept({ project: to, bytes: encodeProtobuf(spans) });
}

/** Spans that are billed and what all of them cost, in cents. */
async function readBill(of = project): Promise<{ billed: number[]; cents: number }> {
  const rows = await way.stored<{ span: string; costUsd: number | null }>(
    `SELECT hex(span_id) AS span, cost_usd AS costUsd FROM spans WHERE project = '${of}' AND billed = 1 ORDER BY span_id`,
  );
  const costUsd = rows.reduce((sum, row) => sum + (row.costUsd ?? 0), 0);
  return {
    billed: rows.map(({ span }) => Number.parseInt(span, 16)),
    cents: Math.round(costUsd * 1e4) / 1e2,
  };
}

describe("of nested model calls in several requests", () => {
  it("the inner one is billed when it comes first", async () => {
    await send([call(2, 1)]);
    await send([call(1)]);
    expect(await readBill()).toEqual({ billed: [2], cents: 0.35 });
    expect(recentCalls.unbilled.get(project)).toBe(1);
    expect(recentCalls.billedTwice).toBe(0);
  });

  it("the inner one is billed when both wait for the same write", async () => {
    await Promise.all([send([call(2, 1)]), send([call(1)])]);
    expect(await readBill()).toEqual({ billed: [2], cents: 0.35 });
  });

  it("the innermost is billed, with its second try", async () => {
    await send([call(4, 2), call(3, 2)]);
    await send([call(2, 1)]);
    await send([call(1)]);
    expect((await readBill()).billed).toEqual([3, 4]);
  });

  it("an outer one that comes first is billed, and that is told", async () => {
    await send([call(1)]);
    await send([call(2, 1)]);
    expect((await readBill()).billed).toEqual([1, 2]);
    expect(recentCalls.billedTwice).toBe(1);
    await send([call(3, 1)]);
    expect(recentCalls.billedTwice).toBe(1);
  });

  it("an outer one in the same request as the inner one is told from it, and nothing is told of it", async () => {
    await send([call(1), call(2, 1)]);
    await send([call(12, 11), call(11)]);
    expect((await readBill()).billed).toEqual([2, 12]);
    expect(recentCalls.billedTwice).toBe(0);
  });

  it("one without token counts is billed for nothing and repeats nothing that has some", async () => {
    await send([call(2, 1, unpaid)]);
    await send([call(1)]);
    await send([call(12, 11, unpaid)]);
    await send([call(11, undefined, unpaid)]);
    await send([call(22, 21)]);
    await send([call(21, undefined, unpaid)]);
    expect((await readBill()).billed).toEqual([1, 2, 12, 22]);
  });

  it("an embedding within a chat is a call of its own", async () => {
    await send([call(2, 1, embedding)]);
    await send([call(1), call(3, 1, embedding)]);
    expect((await readBill()).billed).toEqual([1, 2, 3]);
  });

  it("one of another project, trace or of nobody is not meant", async () => {
    const elsewhere = "1af7651916cd43dd8448eb211c80319c";
    await send([call(2, 1)], "another");
    await send([{ ...call(3, 1), traceId: elsewhere }, call(4, 0), call(5, 5)]);
    await send([call(1), call(6)]);
    expect((await readBill()).billed).toEqual([1, 3, 4, 5, 6]);
  });

  it("a request that is sent again changes nothing", async () => {
    await send([call(2, 1)]);
    await send([call(1)]);
    await send([call(1)]);
    await send([call(2, 1)]);
    expect(await readBill()).toEqual({ billed: [2], cents: 0.35 });
    expect(recentCalls.unbilled.get(project)).toBe(1);
  });

  it("a malformed request leaves nothing behind", async () => {
    const bytes = encodeProtobuf([call(2, 1), call(3, 1)]);
    await expect(traces.accept({ project, bytes: bytes.subarray(0, bytes.length - 5) })).rejects.toThrow();
    await send([call(1)]);
    expect((await readBill()).billed).toEqual([1]);
  });
});

describe("a call that the disk refused", () => {
  it("takes nothing off the bill, and what was told by it is refused too", async () => {
    const { store, directory, spool } = await openRefusableSpool();
    const ingest = createTraceIngest({ spool, pricer: new Pricer() });
    const accept = (spans: readonly FixtureSpan[]): Promise<string> =>
      ingest.accept({ project: "default", bytes: encodeProtobuf(spans) }).then(
        () => "taken",
        () => "refused",
      );
    rmSync(directory, { recursive: true });
    const inner = accept([call(2, 1)]);
    await nextTurn();
    const outer = accept([call(1)]);
    expect(await Promise.all([inner, outer])).toEqual(["refused", "refused"]);
    mkdirSync(directory);
    expect(await accept([call(1)])).toBe("taken");
    await spool.close(10_000);
    expect(await store.query({ sql: "SELECT billed FROM spans" })).toEqual([{ billed: 1 }]);
    await store.close();
    rmSync(directory, { recursive: true });
  });
});

describe("RecentCalls", () => {
  it("adds up the marks of a span and forgets the one that was marked longest ago", () => {
    const calls = new RecentCalls(1);
    for (let id = 1; id <= 5; id += 1) calls.mark(id, 0, spanMark.paidCall);
    calls.mark(1, 0, spanMark.enclosesPaidCall);
    calls.mark(6, 0, spanMark.unpaidCall);
    expect([1, 2, 3, 6].map((id) => calls.find(id, 0))).toEqual([
      spanMark.paidCall | spanMark.enclosesPaidCall,
      0,
      spanMark.paidCall,
      spanMark.unpaidCall,
    ]);
    expect(calls.find(1, 1)).toBe(0);
    calls.clear();
    expect(calls.find(1, 0)).toBe(0);
  });
});
