import type { Ingest, SignalAccounting } from "@spanlight/contract";
import type { Signal } from "../spool/frame.ts";
import type { SpoolSnapshot } from "../spool/spool.ts";

/**
 * The accounting as the API tells it: received = stored + Σ rejected + duplicates + inSpool. Requests that were refused as a whole
 * are in none of these: nobody has looked at what they hold.
 */
export function toIngest(
  snapshot: SpoolSnapshot,
  refusedRequests: Readonly<Record<string, number>> = {},
): Ingest {
  return {
    traces: toSignal(snapshot, "traces"),
    metrics: toSignal(snapshot, "metrics"),
    logs: toSignal(snapshot, "logs"),
    lastReceivedAt:
      snapshot.lastReceivedAtMs === null ? null : new Date(snapshot.lastReceivedAtMs).toISOString(),
    spool: { segments: snapshot.segments, bytes: snapshot.bytes, oldestAgeMs: snapshot.oldestAgeMs },
    refusedRequests: { ...refusedRequests },
  };
}

function toSignal(snapshot: SpoolSnapshot, signal: Signal): SignalAccounting {
  const { accepted, ...counts } = snapshot.totals[signal];
  const inSpool = snapshot.inSpool[signal];
  return { ...counts, stored: accepted - inSpool, inSpool };
}
