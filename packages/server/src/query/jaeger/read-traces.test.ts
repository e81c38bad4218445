import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../store/engine.ts";
import { createTestStore } from "../../store/store.fixture.ts";
import { insertSpans, spanId, traceId } from "../spans.fixture.ts";
import { readTraces, sizeTraces } from "./read-traces.ts";

let store: Engine;

beforeAll(async () => {
  store = await createTestStore();
  const spans = (trace: number, count: number, at: (index: number) => number): object[] =>
    Array.from({ length: count }, (_, index) => ({ trace, span: trace * 100 + index, at: at(index), ms: 5 }));
  await insertSpans(store, [
    ...spans(1, 2, (index) => index),
    ...spans(2, 11, (index) => 100 + index),
    ...spans(3, 1, () => 40),
    ...spans(4, 7, () => 300), // all at one moment: no piece can be smaller
    ...spans(5, 2, (index) => 500 - index),
  ] as Parameters<typeof insertSpans>[1]);
  // The same span once more, later and longer, as parts of a span are merged.
  await insertSpans(store, [{ trace: 2, span: 200, at: 110, ms: 900 }]);
});

async function read(wanted: readonly number[], spansPerPiece?: number): Promise<[string, string[]][]> {
  const question = { project: "default", traceIds: wanted.map(traceId) };
  const sizes = await sizeTraces(store, question);
  if (sizes === undefined) return [];
  const limit = spansPerPiece === undefined ? {} : { spansPerPiece };
  const pieces: [string, string[]][] = [];
  for await (const piece of readTraces(store, { project: "default", ...sizes, ...limit })) {
    pieces.push([piece.traceId, piece.spans.map((span) => span.spanId)]);
  }
  return pieces;
}

describe("traces read by id", () => {
  it("come in the order asked, each whole, with its spans in order of start", async () => {
    expect(await read([5, 77, 1])).toEqual([
      [traceId(5), [spanId(501), spanId(500)]],
      [traceId(1), [spanId(100), spanId(101)]],
    ]);
    expect(await read([77])).toEqual([]);
  });

  it("come in pieces where they are large, every span once", async () => {
    const pieces = await read([3, 2, 4, 1], 4);
    expect([...new Set(pieces.map(([id]) => id))]).toEqual([3, 2, 4, 1].map(traceId));
    const large = pieces.filter(([id]) => id === traceId(2)).map(([, spans]) => spans);
    expect(large.length).toBeGreaterThan(2);
    expect(Math.max(...large.map((spans) => spans.length))).toBeLessThanOrEqual(4);
    expect(large.flat().toSorted((left, right) => (left < right ? -1 : 1))).toEqual(
      Array.from({ length: 11 }, (_, index) => spanId(200 + index)),
    );
    expect(pieces.find(([id]) => id === traceId(4))?.[1]).toHaveLength(7);
  });
});
