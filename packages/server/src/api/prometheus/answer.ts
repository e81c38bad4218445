import { setImmediate as nextTurn } from "node:timers/promises";
import { PromqlError } from "@spanlight/promql";
import { answerStream } from "../answer-stream.ts";

/** What Prometheus calls the kinds of failure, with the status of each. */
const STATUS = {
  bad_data: 400,
  execution: 422,
  canceled: 499,
  timeout: 503,
  unavailable: 503,
  not_found: 404,
  internal: 500,
} as const;

export type FailureType = keyof typeof STATUS;

/** A request that cannot be answered as it is. */
export class PrometheusApiError extends Error {
  override readonly name = "PrometheusApiError";
  readonly code = "prometheus_api";
  readonly errorType: FailureType;

  constructor(errorType: FailureType, message: string, options?: ErrorOptions) {
    super(message, options);
    this.errorType = errorType;
  }
}

export function badParameter(name: string, reason: string): PrometheusApiError {
  return new PrometheusApiError("bad_data", `invalid parameter "${name}": ${reason}`);
}

export interface Notices {
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

/** The envelope of an answer; `data` is JSON already. */
export function answerData(data: string, notices?: Partial<Notices>): Response {
  return new Response(`{"status":"success","data":${data}${writeNotices(notices)}}`, { headers: HEADERS });
}

/** The same for data that come in pieces; other requests are served between them. */
export function answerPieces(pieces: Iterable<string>, notices: Partial<Notices>): Response {
  return answerStream(async (write) => {
    await write('{"status":"success","data":');
    for (const piece of pieces) {
      await write(piece);
      await nextTurn();
    }
    await write(`${writeNotices(notices)}}`);
  });
}

function writeNotices(notices?: Partial<Notices>): string {
  const lists = (["warnings", "infos"] as const).flatMap((name) => {
    const list = notices?.[name] ?? [];
    return list.length === 0 ? [] : [`,"${name}":${JSON.stringify(list)}`];
  });
  return lists.join("");
}

const HEADERS = { "content-type": "application/json", "cache-control": "no-store" };

/** The store's failures by code. A broken pattern of a matcher is found by the engine or by RE2, before it runs. */
const STORE_FAILURES: Readonly<Record<string, FailureType>> = {
  query_timeout: "timeout",
  query_cancelled: "canceled",
  query_memory: "execution",
  query_too_large: "execution",
  store_busy: "unavailable",
  store_unavailable: "unavailable",
};

/** Every failure as Prometheus would answer it; `report` hears of those nobody expected. */
export function answerFailure(error: unknown, report: (error: unknown) => void): Response {
  const type = findType(error);
  if (type === undefined) {
    report(error);
    return answerError("internal", "something failed that should not; the server's log has the details");
  }
  return answerError(type, error instanceof Error ? error.message : String(error));
}

function findType(error: unknown): FailureType | undefined {
  if (error instanceof PrometheusApiError || error instanceof PromqlError) return error.errorType;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return STORE_FAILURES[code];
}

function answerError(errorType: FailureType, message: string): Response {
  return new Response(JSON.stringify({ status: "error", errorType, error: message }), {
    status: STATUS[errorType],
    headers: HEADERS,
  });
}
