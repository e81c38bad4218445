/** The bytes of a request are not what its content type says; nothing of it was stored. */
export class MalformedRequestError extends Error {
  readonly code = "malformed_request";
  override readonly name = "MalformedRequestError";
}
