/** What was to be delivered. */
export type Signal = "traces" | "metrics" | "logs" | "scores";

interface ExportFailure {
  readonly code: ExportError["code"];
  readonly destination: string;
  readonly signal: Signal;
  readonly cause: Error | undefined;
}

/**
 * Why spans, log records, metrics or scores did not arrive. `code` tells what to do: more room (`queue_full`), a reachable server
 * (`delivery_failed`), a look at what it refuses (`rejected`), or an earlier end of what was still running (`shut_down`).
 */
export class ExportError extends Error {
  readonly code: "queue_full" | "delivery_failed" | "rejected" | "shut_down";
  /** Name of the destination that did not get them; the others are not affected. */
  readonly destination: string;
  readonly signal: Signal;

  constructor(message: string, { code, destination, signal, cause }: ExportFailure) {
    super(message, { cause });
    this.name = "ExportError";
    this.code = code;
    this.destination = destination;
    this.signal = signal;
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
