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

/** What lies in the spool's directory cannot be read or put in order: nothing of it was changed for good, the server does not start. */
export class SpoolUnreadableError extends Error {
  override readonly name = "SpoolUnreadableError";
  readonly code = "spool_unreadable";
}

/** Throws a SpoolUnreadableError for what a start met in the directory. */
export function refuseUnreadable(directory: string): (cause: unknown) => never {
  return (cause) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SpoolUnreadableError(
      `cannot take up the spool in ${directory}: ${reason}; give its files to the user that runs the server, or put the disk in order: they may hold what is stored nowhere else`,
      { cause },
    );
  };
}
