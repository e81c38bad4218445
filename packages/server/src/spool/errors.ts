/** The spool holds as much as it may: nothing was accepted, try again later. */
export class SpoolFullError extends Error {
  override readonly name = "SpoolFullError";
  readonly code = "spool_full";
}

/** The disk refused the write: nothing was accepted, try again later. */
export class SpoolWriteError extends Error {
  override readonly name = "SpoolWriteError";
  readonly code = "spool_write_failed";
}
