import type { Model } from "./models.ts";
import { rateLimited } from "./provider-error.ts";

/** The two limits of a model, counted down by each request and refilled continuously over a minute. */
export interface RateLimits {
  /** Takes one request and its tokens; throws the provider's 429 when they do not fit. Returns the `x-ratelimit-*` headers. */
  take(model: Model, tokens: number): Record<string, string>;
}

interface Bucket {
  readonly perMinute: number;
  left: number;
  filledAtMs: number;
}

/** @param isReduced true while every model is held to `reducedRequestsPerMinute`. */
export function createRateLimits(now: () => number, isReduced: () => boolean): RateLimits {
  const buckets = new Map<string, Bucket>();
  const bucketOf = (key: string, perMinute: number): Bucket => {
    const bucket = buckets.get(key) ?? { perMinute, left: perMinute, filledAtMs: now() };
    buckets.set(key, bucket);
    refill(bucket, now());
    return bucket;
  };
  return {
    take(model, tokens) {
      const reduced = isReduced();
      const perMinute = reduced ? reducedRequestsPerMinute : model.requestsPerMinute;
      const requestBucket = bucketOf(`${model.name} requests ${perMinute}`, perMinute);
      const tokenBucket = bucketOf(`${model.name} tokens`, model.tokensPerMinute);
      if (reduced) requestBucket.left = Math.min(requestBucket.left, reducedBurst);
      refuseWhenEmpty(model, "requests", requestBucket, 1);
      refuseWhenEmpty(model, "tokens", tokenBucket, tokens);
      requestBucket.left -= 1;
      tokenBucket.left -= tokens;
      return { ...headersOf("requests", requestBucket), ...headersOf("tokens", tokenBucket) };
    },
  };
}

const reducedRequestsPerMinute = 60;
/** Requests that pass at once when the reduced limit begins, so that it shows within seconds. */
const reducedBurst = 5;

function refill(bucket: Bucket, nowMs: number): void {
  const gained = ((nowMs - bucket.filledAtMs) * bucket.perMinute) / 60_000;
  bucket.left = Math.min(bucket.perMinute, bucket.left + gained);
  bucket.filledAtMs = nowMs;
}

function refuseWhenEmpty(model: Model, unit: "requests" | "tokens", bucket: Bucket, requested: number): void {
  if (bucket.left >= requested) return;
  const retryAfterMs = Math.ceil(((requested - bucket.left) * 60_000) / bucket.perMinute);
  const used = Math.max(0, Math.round(bucket.perMinute - bucket.left));
  throw rateLimited(
    { model: model.snapshot, unit, perMinute: bucket.perMinute, used, requested },
    Math.max(1, retryAfterMs),
  );
}

function headersOf(unit: string, bucket: Bucket): Record<string, string> {
  return {
    [`x-ratelimit-limit-${unit}`]: String(bucket.perMinute),
    [`x-ratelimit-remaining-${unit}`]: String(Math.max(0, Math.floor(bucket.left))),
    [`x-ratelimit-reset-${unit}`]: formatReset(
      ((bucket.perMinute - bucket.left) * 60_000) / bucket.perMinute,
    ),
  };
}

/** As the provider writes it: `6ms`, `1.5s`, `2m30s`. */
function formatReset(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)}ms`;
  const seconds = Math.round(milliseconds) / 1000;
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${Math.round(seconds % 60)}s`;
}
