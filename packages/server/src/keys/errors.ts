/** No key, or one that is not known (any more). */
export class UnauthenticatedError extends Error {
  override readonly name = "UnauthenticatedError";
  readonly code = "unauthenticated";
}

/** The key is known and may not do this. */
export class ForbiddenError extends Error {
  override readonly name = "ForbiddenError";
  readonly code = "forbidden";
}

/** The key has used up its requests or bytes for now. */
export class KeyLimitError extends Error {
  override readonly name = "KeyLimitError";
  readonly code: "rate_limited" | "byte_limited";
  /** Whole seconds after which it is worth trying again. */
  readonly retryAfterSeconds: number;

  constructor(code: "rate_limited" | "byte_limited", message: string, retryAfterSeconds: number) {
    super(message);
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The file of keys cannot be read or written, or a key in it does not exist. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
  readonly code = "key_file";
}

/** A project of this name was made before. */
export class ProjectExistsError extends Error {
  override readonly name = "ProjectExistsError";
  readonly code = "project_exists";
}

/** The key stands in the server's settings and is changed there alone. */
export class KeyInSettingsError extends Error {
  override readonly name = "KeyInSettingsError";
  readonly code = "key_in_settings";
}

/** The first key would shut everybody out, whoever makes it too. */
export class FirstKeyError extends Error {
  override readonly name = "FirstKeyError";
  readonly code = "first_key_must_administer";
}

/** The server would be open to whoever reaches it. */
export class KeyMissingError extends Error {
  override readonly name = "KeyMissingError";
  readonly code = "key_missing";
}
