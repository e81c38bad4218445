/** Why spans did not arrive. `code` tells what to do: more room, a reachable server, or a look at what it refuses. */
export class ExportError extends Error {
  readonly code: "queue_full" | "delivery_failed" | "rejected";

  constructor(
    message: string,
    options: { readonly code: ExportError["code"]; readonly cause: Error | undefined },
  ) {
    super(message, { cause: options.cause });
    this.name = "ExportError";
    this.code = options.code;
  }
}

/** A setting that cannot be used; the message names the setting, its value and what is allowed. */
export class ConfigurationError extends Error {
  readonly code = "configuration";

  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = "ConfigurationError";
  }
}
