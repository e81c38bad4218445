export {
  app,
  evaluationResultEvent,
  operationDetailsEvent,
  genAi,
  genAiLatest,
  general,
  openAi,
  operations,
  type Operation,
} from "./attributes.ts";
export { appMetricNames, bucketBounds, latestMetricNames, metricNames } from "./metrics.ts";
export { mcp } from "./mcp.ts";
