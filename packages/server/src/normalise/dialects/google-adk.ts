import type { Dialect } from "../dialect.ts";
import { field } from "../fields.ts";

/** What Google's Agent Development Kit adds to the GenAI conventions. Source: @google/adk 2, telemetry. */
export const googleAdk: Dialect = {
  name: "google-adk",
  keys: [
    ["gcp.vertex.agent.session_id", field.sessionId],
    ["gcp.vertex.agent.llm_request", field.content],
    ["gcp.vertex.agent.llm_response", field.content],
    ["gcp.vertex.agent.tool_call_args", field.content],
    ["gcp.vertex.agent.tool_response", field.content],
    ["gcp.vertex.agent.data", field.content],
    ["gcp.vertex.agent.invocation_id", field.none],
    ["gcp.vertex.agent.event_id", field.callMark],
    ["adk.workflow.name", field.none],
    ["adk.node.path", field.none],
    ["adk.node.run_id", field.none],
    ["adk.node.attempt", field.none],
    ["adk.node.status", field.none],
    ["adk.node.interrupt_count", field.none],
  ],
  contentPrefixes: [],
};
