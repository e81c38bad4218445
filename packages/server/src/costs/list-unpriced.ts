import type { UnpricedModels } from "@spanlight/contract";
import type { Engine, Query } from "../store/engine.ts";
import { renderServiceTier } from "./billing-sql.ts";

/** Calls of a project that started in `[fromNs, toNs)`. */
export interface UnpricedQuestion {
  readonly project: string;
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

const mostModels = 500;

type UnpricedModel = UnpricedModels["items"][number];

type UnpricedRow = Omit<UnpricedModel, "example"> & { readonly traceId: string; readonly spanId: string };

/** The models whose calls have tokens and no price, those with the most calls first; at most 500. */
export async function listUnpriced(engine: Engine, question: UnpricedQuestion): Promise<UnpricedModels> {
  const rows = await engine.query<UnpricedRow>(renderUnpriced(question));
  const items = rows.map(({ traceId, spanId, ...row }) => ({ ...row, example: { traceId, spanId } }));
  return { items, nextCursor: null };
}

export function renderUnpriced({ project, fromNs, toNs }: UnpricedQuestion): Query {
  return {
    sql: `SELECT
  provider, request_model AS requestModel, response_model AS responseModel,
  ${renderServiceTier()} AS serviceTier,
  toUInt32(count()) AS requests,
  toFloat64(sum(ifNull(input_tokens, 0))) AS inputTokens,
  toFloat64(sum(ifNull(output_tokens, 0))) AS outputTokens,
  min(start_time) AS firstSeen, max(start_time) AS lastSeen,
  lower(hex(argMax(trace_id, start_time))) AS traceId, lower(hex(argMax(span_id, start_time))) AS spanId
FROM spans
WHERE project = {project:String} AND unpriced = 1
  AND start_time >= fromUnixTimestamp64Nano({fromNs:Int64}, 'UTC') AND start_time < fromUnixTimestamp64Nano({toNs:Int64}, 'UTC')
GROUP BY provider, requestModel, responseModel, serviceTier
ORDER BY requests DESC, provider, requestModel, responseModel, serviceTier
LIMIT {mostModels:UInt32}`,
    parameters: { project, fromNs, toNs, mostModels },
  };
}
