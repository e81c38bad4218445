import type { Dialect } from "../dialect.ts";
import { field } from "../fields.ts";

/** MLflow tracing. Source: mlflow/tracing/constant.py, SpanAttributeKey. Every value is JSON, a name is in quotes. */
export const mlflow: Dialect = {
  name: "mlflow",
  keys: [
    ["mlflow.spanType", field.spanKind],
    ["mlflow.llm.provider", field.provider],
    ["mlflow.llm.model", field.requestModel],
    ["mlflow.chat.tokenUsage", field.usageInclusive],
    ["mlflow.trace.user", field.userId],
    ["mlflow.trace.session", field.sessionId],
    ["mlflow.spanInputs", field.content],
    ["mlflow.spanOutputs", field.content],
    ["mlflow.chat.messages", field.content],
    ["mlflow.chat.tools", field.content],
    ["mlflow.spanFunctionName", field.none],
    ["mlflow.traceRequestId", field.none],
    ["mlflow.experimentId", field.none],
    ["mlflow.message.format", field.none],
  ],
  contentPrefixes: [],
};
