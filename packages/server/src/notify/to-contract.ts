import type { Delivery, Receiver, Silence } from "@spanlight/contract";
import type { Delivery as NotedDelivery } from "./deliveries.ts";
import { matchesAll } from "./matcher.ts";
import type { ReceiverView } from "./receiver-view.ts";
import type { Silence as StoredSilence } from "./silences.ts";

/** A try to hand over a message as the API answers it. */
export function toDelivery({ atMs, title, status, alertCount, durationMs, error }: NotedDelivery): Delivery {
  const outcome = error === null ? "sent" : "failed";
  return { at: new Date(atMs).toISOString(), outcome, title, status, alertCount, durationMs, error };
}

/** A receiver as the API answers it. */
export function toReceiver(view: ReceiverView): Receiver {
  const { matchers, counts, deliveries, ...rest } = view;
  return {
    ...rest,
    matchers: matchers.map((matcher) => ({ ...matcher })),
    counts: { ...counts },
    deliveries: deliveries.map(toDelivery),
  };
}

function stateOf({ startsAtMs, endsAtMs }: StoredSilence, nowMs: number): Silence["state"] {
  if (endsAtMs <= nowMs) return "expired";
  return startsAtMs > nowMs ? "pending" : "active";
}

const ORDER: Readonly<Record<Silence["state"], number>> = { active: 0, pending: 1, expired: 2 };

export interface SilenceContext {
  readonly nowMs: number;
  /** The alerts that are pending or fire. */
  readonly alerts: readonly {
    readonly fingerprint: string;
    readonly labels: Readonly<Record<string, string>>;
  }[];
}

/** A silence as the API answers it. */
export function toSilence(silence: StoredSilence, { nowMs, alerts }: SilenceContext): Silence {
  const { id, matchers, startsAtMs, endsAtMs, createdBy, comment } = silence;
  const state = stateOf(silence, nowMs);
  const quiet = state === "active" ? alerts.filter(({ labels }) => matchesAll(matchers, labels)) : [];
  return {
    id,
    state,
    matchers: matchers.map((matcher) => ({ ...matcher })),
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: new Date(endsAtMs).toISOString(),
    createdBy,
    comment,
    alerts: quiet.map(({ fingerprint }) => fingerprint),
  };
}

/** Silences as the API answers them: active, pending, expired; those that end next in front. */
export function toSilences(silences: readonly StoredSilence[], context: SilenceContext): Silence[] {
  return silences
    .map((silence) => toSilence(silence, context))
    .toSorted(
      (left, right) => ORDER[left.state] - ORDER[right.state] || (left.endsAt < right.endsAt ? -1 : 1),
    );
}
