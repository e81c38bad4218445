/** A backup cannot be taken or read back; the message says why and what to do. */
export class BackupError extends Error {
  override readonly name = "BackupError";
  readonly code = "backup_failed";
}
