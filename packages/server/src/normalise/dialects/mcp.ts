import { mcp } from "@spanlight/conventions";
import type { Dialect } from "../dialect.ts";
import { field } from "../fields.ts";

/** The Model Context Protocol's conventions: its method tells what a span is where nothing else does. */
export const mcpDialect: Dialect = {
  name: "otel-mcp",
  keys: [
    [mcp.methodName, field.spanKind],
    [mcp.sessionId, field.none],
    [mcp.protocolVersion, field.none],
    [mcp.resourceUri, field.none],
    [mcp.requestId, field.none],
  ],
  contentPrefixes: [],
};
