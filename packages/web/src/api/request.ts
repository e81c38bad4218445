import type { Problem } from "@spanlight/contract";

/** An answer other than success, or none at all (`status` 0, code `unreachable`). The message is made for people. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(message: string, { status, code, cause }: { status: number; code: string; cause?: unknown }) {
    super(message, { cause });
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }
}

/** Parameters of a request; what is undefined is not sent. */
export type RequestParameters = Record<string, string | number | undefined>;

/** Writes a path with its parameters. */
function toRequestPath(path: string, parameters: RequestParameters): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? path : `${path}?${text}`;
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "detail" in body && "code" in body;
}

/** The session has ended, or its key was revoked: the server's page asks for a key and comes back here. */
function signIn(): void {
  const { pathname, search } = window.location;
  window.location.assign(`/login?next=${encodeURIComponent(pathname + search)}`);
}

/** Reads a problem answer into an error; a body that is none still says what failed and on what. */
async function toApiError(response: Response, path: string): Promise<ApiError> {
  if (response.status === 401) signIn();
  const body: unknown = await response.json().catch(() => null);
  if (isProblem(body)) return new ApiError(body.detail, { status: response.status, code: body.code });
  return new ApiError(`The server answered ${response.status} to ${path.split("?")[0] ?? path}.`, {
    status: response.status,
    code: "unexpected_answer",
  });
}

/** Fetches, and says in words when nobody answers. */
async function reach(target: string, options: RequestInit): Promise<Response> {
  try {
    return await fetch(target, options);
  } catch (cause) {
    if (options.signal?.aborted === true) throw cause;
    throw new ApiError("The server does not answer. Check that spanlight is running and can be reached.", {
      status: 0,
      code: "unreachable",
      cause,
    });
  }
}

/** Sends a change, or a question with a body; `T` is the contract's type of the answer, undefined where there is none. */
export async function sendJson<T>(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const response = await reach(path, {
    method,
    headers: { accept: "application/json", "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (!response.ok) throw await toApiError(response, path);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/**
 * Gets one resource. `T` is the contract's type of the answer: server and pages are one build, so the shape is
 * checked once, by the compiler, and a trace of 100,000 spans is not walked again here.
 */
export async function getJson<T>(
  path: string,
  parameters: RequestParameters,
  signal: AbortSignal,
  /** A status that carries the resource although it is not one of success. */
  alsoStatus?: number,
): Promise<T> {
  const target = toRequestPath(path, parameters);
  const response = await reach(target, { signal, headers: { accept: "application/json" } });
  if (response.ok) return (await response.json()) as T;
  if (response.status !== alsoStatus) throw await toApiError(response, target);
  const body: unknown = await response.clone().json();
  if (isProblem(body)) throw await toApiError(response, target);
  return body as T;
}
