/** What was done could not be written down; it was done all the same. */
export class AuditWriteError extends Error {
  override readonly name = "AuditWriteError";
  readonly code = "audit_write_failed";
}
