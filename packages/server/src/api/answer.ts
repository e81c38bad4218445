import type { Problem } from "@spanlight/contract";

/** A parameter of a request that cannot be used; the message names it. */
export class BadParameterError extends Error {
  override readonly name = "BadParameterError";
  readonly code = "bad_parameter";
}

/** What was asked for is not stored. `code` says what, such as `trace_not_found`. */
export class NotFoundError extends Error {
  override readonly name = "NotFoundError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad request",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  413: "Content too large",
  415: "Unsupported media type",
  500: "Internal error",
  503: "Not available now",
};

/** Status of the store's failures, by code, that a caller can do something about; every other one is 500. */
const STORE_STATUS: Readonly<Record<string, number>> = {
  query_timeout: 503,
  query_memory: 503,
  query_cancelled: 503,
  store_busy: 503,
  store_unavailable: 503,
  store_full: 503,
  query_too_large: 400,
};

/** The one place where errors become HTTP answers; `report` hears of those nobody expected. */
export function answerError(error: unknown, report: (error: unknown) => void): Response {
  if (error instanceof BadParameterError) return toAnswer(400, error.code, error.message);
  if (error instanceof NotFoundError) return toAnswer(404, error.code, error.message);
  const code = readCode(error);
  const status = STORE_STATUS[code];
  if (status !== undefined && error instanceof Error) return toAnswer(status, code, error.message);
  report(error);
  return toAnswer(500, "internal", UNEXPECTED);
}

function readCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

const UNEXPECTED = "something failed that should not; the server's log has the details";

export function answerUnknownPath(path: string): Response {
  return toAnswer(404, "unknown_path", `there is nothing at ${path}; /api/openapi.json lists what there is`);
}

function toAnswer(status: number, code: string, detail: string): Response {
  return answerProblem({ status, code, detail });
}

/** A problem with a stable code and a sentence; `more` are members beyond the standard ones. */
export function answerProblem(
  { status, code, detail }: Pick<Problem, "status" | "code" | "detail">,
  more: Readonly<Record<string, unknown>> = {},
): Response {
  const problem: Problem = { type: "about:blank", title: TITLES[status] ?? "Error", status, code, detail };
  return new Response(JSON.stringify({ ...problem, ...more }), {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(status === 503 ? { "retry-after": "1" } : {}),
    },
  });
}
