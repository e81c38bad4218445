import type { Unmapped } from "@spanlight/contract";
import { knownKeys, knownPrefixes } from "../normalise/known-keys.ts";
import type { Engine } from "../store/engine.ts";
import { orNull } from "./span-row.ts";

export interface UnmappedQuestion {
  readonly project: string;
  /** `[fromNs, toNs)`, Unix nanoseconds. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly service?: string | undefined;
  readonly scope?: string | undefined;
  readonly limit: number;
  /** So many of the most frequent have been seen. */
  readonly skip: number;
}

interface Row {
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly dialect: string;
  readonly key: string;
  readonly spans: number;
  readonly example: string;
  readonly lastSeen: string;
}

/** Attribute keys that no dialect knows, with how often they came and an example, per instrumentation and version. */
export async function listUnmapped(
  store: Engine,
  question: UnmappedQuestion,
  signal?: AbortSignal,
): Promise<Unmapped> {
  const { service, scope, limit, ...parameters } = question;
  const rows = await store.query<Row>({
    sql: `SELECT scope_name AS scopeName, scope_version AS scopeVersion, dialect, key, toUInt32(count()) AS spans,
  substringUTF8(any(value), 1, 200) AS example, max(start_time) AS lastSeen
FROM spans ARRAY JOIN mapKeys(rest_attributes) AS key, mapValues(rest_attributes) AS value
WHERE project = {project:String}
  AND start_time >= fromUnixTimestamp64Nano({fromNs:Int64}, 'UTC') AND start_time < fromUnixTimestamp64Nano({toNs:Int64}, 'UTC')
  AND key NOT IN {knownKeys:Array(String)} AND NOT arrayExists(prefix -> startsWith(key, prefix), {knownPrefixes:Array(String)})
${service === undefined ? "" : "  AND service = {service:String}\n"}${scope === undefined ? "" : "  AND scope_name = {scope:String}\n"}GROUP BY scope_name, scope_version, dialect, key
ORDER BY spans DESC, scopeName, scopeVersion, key, dialect
LIMIT {limit:UInt32} OFFSET {skip:UInt32}`,
    parameters: {
      ...parameters,
      limit: limit + 1,
      knownKeys,
      knownPrefixes,
      ...(service === undefined ? {} : { service }),
      ...(scope === undefined ? {} : { scope }),
    },
    timeoutMs: 15_000,
    signal,
  });
  return {
    items: rows.slice(0, limit).map(({ scopeName, scopeVersion, dialect, ...row }) => ({
      ...row,
      scope: { name: scopeName, version: scopeVersion },
      dialect: orNull(dialect),
    })),
    nextCursor: rows.length > limit ? String(question.skip + limit) : null,
  };
}
