/** The body is larger than the server takes. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
  readonly code = "body_too_large";
}

/** The content type or content encoding is none that this door reads. */
export class UnsupportedBodyError extends Error {
  override readonly name = "UnsupportedBodyError";
  readonly code = "unsupported_body";
}

/** The request ended before its body did. */
export class IncompleteBodyError extends Error {
  override readonly name = "IncompleteBodyError";
  readonly code = "incomplete_body";
}

/** So many requests are in the house that another one would not fit its memory. */
export class OverloadedError extends Error {
  override readonly name = "OverloadedError";
  readonly code = "overloaded";
}

/** Somebody asked after the health of a service that this server has not. */
export class UnknownServiceError extends Error {
  override readonly name = "UnknownServiceError";
  readonly code = "unknown_service";
}
