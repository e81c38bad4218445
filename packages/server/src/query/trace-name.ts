// What a trace is called: as its author named it on the span that stands for it, else as that span is called. Sources: Langfuse 5
// (propagateAttributes), Vercel AI SDK 4 to 7 (functionId), @google/adk 2.
import type { Engine } from "../store/engine.ts";
import type { TraceBounds } from "./trace-bounds.ts";

/** The name that an author gave the trace on a span of `spans`; empty = none. */
export const GIVEN_NAME = "rest_attributes['langfuse.trace.name']";

/** The span that stands for a trace: its root, else its earliest. */
export interface HeadName {
  readonly name: string;
  /** Empty = not said. */
  readonly agentName: string;
  /** Of the first span of the trace that names one. */
  readonly firstAgentName: string;
  readonly givenName: string;
}

/** The Vercel AI SDK calls its spans alike whatever they are for; what for is the name of the agent. */
const alike = /^(?:ai\.\w+$|invoke_agent )/;
/** So does Google's Agent Development Kit its roots, which do not say whom they invoke. */
const invocation = "invocation";

export function nameTrace({ name, agentName, firstAgentName, givenName }: HeadName): string {
  if (givenName !== "") return givenName;
  if (name === invocation) return firstAgentName || name;
  return agentName !== "" && alike.test(name) && !name.includes(agentName) ? agentName : name;
}

/** The name given on an attribute list as the API shows it. */
export function readGivenName(attributes: Readonly<Record<string, unknown>>): string {
  const name = attributes["langfuse.trace.name"];
  return typeof name === "string" ? name : "";
}

/** The name given on the root of a trace whose attributes are not read; empty where there is none. */
export async function findGivenName(
  store: Engine,
  { project, traceId, bounds }: { project: string; traceId: string; bounds: TraceBounds },
  signal?: AbortSignal,
): Promise<string> {
  const [row] = await store.query<{ givenName: string }>({
    sql: `SELECT ${GIVEN_NAME} AS givenName FROM spans
WHERE project = {project:String} AND trace_id = unhex({traceId:String}) AND parent_span_id = toFixedString('', 8)
  AND start_time >= fromUnixTimestamp64Nano({firstStartNs:Int64}, 'UTC') AND start_time <= fromUnixTimestamp64Nano({lastStartNs:Int64}, 'UTC')
ORDER BY start_time, span_id LIMIT 1`,
    parameters: { project, traceId, firstStartNs: bounds.firstStartNs, lastStartNs: bounds.lastStartNs },
    timeoutMs: 20_000,
    signal,
  });
  return row?.givenName ?? "";
}
