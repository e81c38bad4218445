import type { Message } from "./message.ts";
import type { MessageAlert } from "./message.ts";

/** Whom a receiver speaks to. */
export type ReceiverType = "slack" | "webhook" | "pagerduty" | "email" | "alertmanager";

/** Sends a message for each group of alerts. Throws `DeliveryError`. */
export interface GroupReceiver {
  readonly kind: "groups";
  readonly type: ReceiverType;
  send(message: Message, signal: AbortSignal): Promise<void>;
}

/** Passes every alert on as it is, to something that groups by itself. Throws `DeliveryError`. */
export interface ForwardReceiver {
  readonly kind: "alerts";
  readonly type: ReceiverType;
  /** Alerts taken at once. */
  readonly batchSize: number;
  send(alerts: readonly MessageAlert[], signal: AbortSignal): Promise<void>;
}

export type Receiver = GroupReceiver | ForwardReceiver;

export interface DeliveryErrorOptions extends ErrorOptions {
  /** Whether the same message may be taken later. */
  readonly isRetryable: boolean;
  /** How long the receiver asks to wait, or null. */
  readonly retryAfterMs?: number | null;
}

/** A message that was not taken. */
export class DeliveryError extends Error {
  readonly code = "delivery_failed";
  override readonly name = "DeliveryError";
  readonly isRetryable: boolean;
  readonly retryAfterMs: number | null;

  constructor(message: string, { isRetryable, retryAfterMs = null, cause }: DeliveryErrorOptions) {
    super(message, { cause });
    this.isRetryable = isRetryable;
    this.retryAfterMs = retryAfterMs;
  }
}
