import { ExponentialBackoff, noJitterGenerator } from "cockatiel";
import { DeliveryError } from "./receiver.ts";

const FACTORY = new ExponentialBackoff({
  generator: noJitterGenerator,
  initialDelay: 1_000,
  maxDelay: 120_000,
});

/** How long to wait after so many failed tries (from 1 on): longer each time, or as the receiver asks. */
export function backoffMs(failures: number, error: unknown): number {
  let backoff = FACTORY.next();
  for (let i = 1; i < Math.min(failures, 10); i++) backoff = backoff.next(undefined);
  const asked = error instanceof DeliveryError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(backoff.duration, asked);
}
