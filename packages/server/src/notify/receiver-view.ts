import type { Delivery } from "./deliveries.ts";
import type { LabelMatcher } from "./matcher.ts";
import type { ReceiverType } from "./receiver.ts";
import type { DeliveryCounts, Route } from "./route.ts";

/** A receiver as the API and the pages show it; nothing of its address, which is a secret. */
export interface ReceiverView {
  readonly name: string;
  readonly type: ReceiverType;
  readonly matchers: readonly LabelMatcher[];
  readonly sendResolved: boolean;
  readonly noData: "resolve" | "keep";
  readonly counts: Readonly<DeliveryCounts>;
  /** Alerts on their way. */
  readonly waiting: number;
  /** Newest first. */
  readonly deliveries: readonly Delivery[];
}

export function toReceiverView(route: Route): ReceiverView {
  const { name, receiver, matchers, sendResolved, noData, counts, groups, pending, deliveries } = route;
  const unsent = [...groups.values()].filter(({ failures }) => failures > 0);
  const waiting = pending.size + unsent.reduce((sum, { notices }) => sum + notices.size, 0);
  return {
    name,
    type: receiver.type,
    matchers,
    sendResolved,
    noData,
    counts: { ...counts },
    waiting,
    deliveries: deliveries.list(),
  };
}
