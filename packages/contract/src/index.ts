export { instantSchema, spanIdSchema, traceIdSchema } from "./scalar.ts";
export { problemSchema, type Problem } from "./problem.ts";
export {
  traceListQuerySchema,
  traceListSchema,
  traceSummarySchema,
  type TraceList,
  type TraceListQuery,
  type TraceSummary,
} from "./trace-list.ts";
export {
  documentSchema,
  messagePartSchema,
  messageSchema,
  type Message,
  type MessagePart,
  type RetrievedDocument,
} from "./message.ts";
export {
  costLineSchema,
  spanEventSchema,
  spanLinkSchema,
  spanSchema,
  spanTypeSchema,
  traceSchema,
  type CostLine,
  type Span,
  type SpanEvent,
  type SpanType,
  type Trace,
} from "./trace.ts";
export {
  overviewFiguresSchema,
  overviewGroupSchema,
  overviewPointSchema,
  overviewQuerySchema,
  overviewSchema,
  type Overview,
  type OverviewFigures,
  type OverviewGroup,
  type OverviewPoint,
  type OverviewQuery,
} from "./overview.ts";
export { facetValueSchema, traceFacetsSchema, type FacetValue, type TraceFacets } from "./facets.ts";
export { ingestSchema, signalAccountingSchema, type Ingest, type SignalAccounting } from "./ingest.ts";
export { healthSchema, type Health } from "./health.ts";
export { pickersSchema, type Pickers } from "./pickers.ts";
export { liveQuerySchema, liveSchema, type Live, type LiveQuery } from "./live.ts";
