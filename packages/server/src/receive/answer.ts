// Errors and receipts become OTLP/HTTP answers here and nowhere else.
// Source: OTLP specification 1.9, "OTLP/HTTP Response"; google.rpc.Status; gRPC status codes.
import type { ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Problem } from "@spanlight/contract";
import { MalformedRequestError } from "../decode/malformed-request-error.ts";
import { ProtoWriter } from "../decode/proto-writer.ts";
import { ForbiddenError, KeyLimitError, UnauthenticatedError } from "../keys/errors.ts";
import { SpoolFullError, SpoolWriteError } from "../spool/errors.ts";
import {
  BodyTooLargeError,
  IncompleteBodyError,
  OverloadedError,
  UnknownServiceError,
  UnsupportedBodyError,
} from "./errors.ts";

export type Encoding = "protobuf" | "json";

const contentTypes: Readonly<Record<Encoding, string>> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

export interface Failure {
  readonly status: 400 | 401 | 403 | 404 | 413 | 415 | 429 | 500 | 503;
  /** gRPC status code. */
  readonly grpcCode: number;
  readonly code: string;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

/** Errors that a sender has to mend. */
const mistakes: readonly Mistake[] = [
  [MalformedRequestError, 400, 3],
  [IncompleteBodyError, 400, 3],
  [UnauthenticatedError, 401, 16],
  [ForbiddenError, 403, 7],
  [UnknownServiceError, 404, 5],
  [BodyTooLargeError, 413, 8],
  [UnsupportedBodyError, 415, 3],
];

/** A class of errors, their HTTP status and their gRPC code. */
type Mistake = readonly [
  new (...details: never[]) => Error & { readonly code: string },
  Failure["status"],
  Failure["grpcCode"],
];

/** What an error means to the sender: mend the request, or send it again later. */
export function toFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  for (const [Reason, status, grpcCode] of mistakes) {
    if (error instanceof Reason) return { status, grpcCode, code: error.code, message };
  }
  if (error instanceof KeyLimitError) {
    const { code, retryAfterSeconds } = error;
    return { status: 429, grpcCode: 8, code, message, retryAfterSeconds };
  }
  if (error instanceof OverloadedError) {
    return { status: 503, grpcCode: 14, code: error.code, message, retryAfterSeconds: 1 };
  }
  if (error instanceof SpoolFullError || error instanceof SpoolWriteError) {
    return { status: 503, grpcCode: 14, code: error.code, message, retryAfterSeconds: 5 };
  }
  return {
    status: 500,
    grpcCode: 13,
    code: "internal",
    message: "the server failed at this request; its log says why",
  };
}

/** The answer to a request that was not accepted. */
export function renderFailure(failure: Failure, encoding: Encoding): Response {
  const headers = new Headers({ "content-type": contentTypes[encoding] });
  if (failure.retryAfterSeconds !== undefined) headers.set("retry-after", String(failure.retryAfterSeconds));
  return new Response(renderStatus(failure, encoding), { status: failure.status, headers });
}

const titles: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not found",
  413: "Content too large",
  415: "Unsupported media type",
  429: "Too many requests",
  500: "Internal error",
  503: "Not available now",
};

/** The same for doors of our own API, which answer problems as its other routes do. */
export function renderProblem({ status, code, message, retryAfterSeconds }: Failure): Response {
  const title = titles[status] ?? "Error";
  const problem: Problem = { type: "about:blank", title, status, code, detail: message };
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  if (retryAfterSeconds !== undefined) headers.set("retry-after", String(retryAfterSeconds));
  return new Response(JSON.stringify(problem), { status, headers });
}

function renderStatus(failure: Failure, encoding: Encoding): Uint8Array<ArrayBuffer> | string {
  const message = `${failure.code}: ${failure.message}`;
  if (encoding === "json") return JSON.stringify({ code: failure.grpcCode, message });
  const writer = new ProtoWriter();
  writer.varint(1, failure.grpcCode);
  writer.text(2, message);
  return Uint8Array.from(writer.finish());
}

/**
 * Answers an accepted request: empty, or a partial success that says what was refused and why. Written straight to the connection:
 * a web-standard Response with a body costs as much as ten spans.
 */
export function sendAccepted(
  outgoing: ServerResponse,
  rejected: Readonly<Record<string, number>>,
  options: {
    encoding: Encoding;
    rejectedField: "rejectedSpans" | "rejectedDataPoints" | "rejectedLogRecords";
  },
): Response {
  const body =
    options.encoding === "json" ? toAcceptedJson(rejected, options.rejectedField) : encodeAccepted(rejected);
  outgoing.writeHead(200, {
    "content-type": contentTypes[options.encoding],
    "content-length": Buffer.byteLength(body),
  });
  outgoing.end(body);
  return RESPONSE_ALREADY_SENT;
}

function toAcceptedJson(rejected: Readonly<Record<string, number>>, rejectedField: string): string {
  const total = countItems(rejected);
  const errorMessage = describeRejected(rejected);
  return JSON.stringify(
    total === 0 ? {} : { partialSuccess: { [rejectedField]: String(total), errorMessage } },
  );
}

/** The export response of any signal as protobuf: their partial successes have the same two fields. */
export function encodeAccepted(rejected: Readonly<Record<string, number>>): Buffer {
  const writer = new ProtoWriter();
  const total = countItems(rejected);
  if (total > 0) {
    writer.message(1, () => {
      writer.varint(1, total);
      writer.text(2, describeRejected(rejected));
    });
  }
  return writer.finish();
}

export function countItems(rejected: Readonly<Record<string, number>>): number {
  return Object.values(rejected).reduce((sum, items) => sum + items, 0);
}

/** Says how many items were refused and why. */
export function describeRejected(rejected: Readonly<Record<string, number>>): string {
  return Object.entries(rejected)
    .map(([reason, items]) => `${items} refused: ${reason} (${reasonTexts[reason] ?? reason})`)
    .join("; ");
}

const reasonTexts: Readonly<Record<string, string>> = {
  invalid_trace_id: "a trace id has 16 bytes, not all zero",
  invalid_span_id: "a span id has 8 bytes, not all zero",
  invalid_time: "a time is missing or beyond the year 2262",
  invalid_metric_name: "a metric's name has no letter or digit",
  unknown_temporality: "a sum or histogram is neither delta nor cumulative",
  delta_up_down_counter: "an up-down counter has to be cumulative",
  out_of_order_delta: "a delta is not newer than the one before it",
  invalid_histogram: "bucket counts and bounds, or the scale, do not fit",
  no_value: "a data point has no value",
  no_data: "a metric has no data of a known kind",
  too_many_series: "more time series than SPANLIGHT_MAX_SERIES",
  native_histogram: "native histograms are not stored: send classic buckets",
  missing_metric_name: "a series has no label __name__",
  duplicate_label: "a series has a label twice",
};
