import { KeyLimitError } from "./errors.ts";
import type { Key } from "./key.ts";
import { TokenBucket } from "./token-bucket.ts";

/** What a key may take where it has no limits of its own; null = as much as it likes. */
export interface DefaultLimits {
  readonly maxRequestsPerSecond: number | null;
  readonly maxBytesPerSecond: number | null;
}

/** What keys have used of their limits. */
export interface KeyLimits {
  /** Takes a request and the bytes it is known to have; throws KeyLimitError and takes nothing where the key is past a limit. */
  take(key: Key, bytes: number): void;
  /** Takes bytes that were not known before they came. */
  takeBytes(key: Key, bytes: number): void;
}

interface Buckets {
  /** The limits these buckets were made for. */
  readonly made: string;
  readonly requests: TokenBucket | null;
  readonly bytes: TokenBucket | null;
}

const requestBurstSeconds = 2;
/** Exporters send batches: ten seconds' worth may come at once. */
const byteBurstSeconds = 10;

export function createKeyLimits(defaults: DefaultLimits, now: () => number): KeyLimits {
  const byKey = new Map<string, Buckets>();

  function bucketsOf(key: Key): Buckets {
    const perSecond = {
      requests: key.maxRequestsPerSecond ?? defaults.maxRequestsPerSecond,
      bytes: key.maxBytesPerSecond ?? defaults.maxBytesPerSecond,
    };
    const made = `${perSecond.requests} ${perSecond.bytes}`;
    const known = byKey.get(key.id);
    if (known?.made === made) return known;
    const create = (limit: number | null, burstSeconds: number): TokenBucket | null =>
      limit === null ? null : new TokenBucket(limit, burstSeconds, now());
    const buckets = {
      made,
      requests: create(perSecond.requests, requestBurstSeconds),
      bytes: create(perSecond.bytes, byteBurstSeconds),
    };
    byKey.set(key.id, buckets);
    return buckets;
  }

  return {
    take(key, bytes) {
      const buckets = bucketsOf(key);
      refuseIfSpent(
        buckets.requests,
        "rate_limited",
        `the key ${key.id} has sent its requests for now`,
        now(),
      );
      refuseIfSpent(buckets.bytes, "byte_limited", `the key ${key.id} has sent its bytes for now`, now());
      buckets.requests?.take(1, now());
      buckets.bytes?.take(bytes, now());
    },
    takeBytes(key, bytes) {
      bucketsOf(key).bytes?.take(bytes, now());
    },
  };
}

function refuseIfSpent(
  bucket: TokenBucket | null,
  code: KeyLimitError["code"],
  what: string,
  nowMs: number,
): void {
  const seconds = Math.ceil(bucket?.waitSeconds(nowMs) ?? 0);
  if (seconds > 0) throw new KeyLimitError(code, `${what}: try again in ${seconds} s`, seconds);
}
