import type { ContentMap } from "../messages/content-map.ts";
import type { SpanRow } from "./span-row.ts";
import type { TraceBounds } from "./trace-bounds.ts";

/** Asks what was said in spans of one trace. */
export interface ContentQuestion {
  readonly project: string;
  readonly traceId: string;
  readonly spans: ReadonlyArray<Pick<SpanRow, "spanId" | "sessionId" | "dialect">>;
  readonly bounds: TraceBounds;
}

export interface ContentRow {
  readonly spanId: string;
  readonly content: ContentMap;
}

/** Log events of a call are written when it ends, which may be long after the last span of the trace has begun. */
export const eventMarginNs: bigint = 3_600_000_000_000n;
