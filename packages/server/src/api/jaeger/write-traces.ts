import { setImmediate as nextTurn } from "node:timers/promises";
import { createJaegerTraceMaker, type JaegerSource, type JaegerTraceMaker } from "./to-jaeger-trace.ts";

/** Some spans of a trace; pieces of one trace follow each other. */
interface Piece {
  readonly traceId: string;
  readonly spans: readonly JaegerSource[];
}

/** Spans written in one go; other requests are served in between. */
const SPANS_AT_ONCE = 500;

/** Writes Jaeger's answer with traces as they come; `write` may wait for who reads. */
export async function writeTraces(
  pieces: Iterable<Piece> | AsyncIterable<Piece>,
  write: (text: string) => Promise<void>,
): Promise<void> {
  let traceId: string | null = null;
  let maker = createJaegerTraceMaker("");
  let total = 0;
  await write('{"data":[');
  for await (const piece of pieces) {
    const isNew = piece.traceId !== traceId;
    if (isNew) {
      if (traceId !== null) await write(`${endTrace(maker)},`);
      traceId = piece.traceId;
      maker = createJaegerTraceMaker(traceId);
      total += 1;
      await write(`{"traceID":"${traceId}","spans":[`);
    }
    await writeSpans(piece.spans, maker, { write, isFirst: isNew });
  }
  if (traceId !== null) await write(endTrace(maker));
  await write(`],"total":${total},"limit":0,"offset":0,"errors":null}`);
}

async function writeSpans(
  spans: readonly JaegerSource[],
  maker: JaegerTraceMaker,
  { write, isFirst }: { readonly write: (text: string) => Promise<void>; readonly isFirst: boolean },
): Promise<void> {
  for (let from = 0; from < spans.length; from += SPANS_AT_ONCE) {
    const texts = spans.slice(from, from + SPANS_AT_ONCE).map((span) => JSON.stringify(maker.toSpan(span)));
    await write((isFirst && from === 0 ? "" : ",") + texts.join(","));
    if (texts.length === SPANS_AT_ONCE) await nextTurn();
  }
}

function endTrace({ processes }: JaegerTraceMaker): string {
  return `],"processes":${JSON.stringify(processes)},"warnings":null}`;
}
