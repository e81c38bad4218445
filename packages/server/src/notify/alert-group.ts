import { fingerprintOf } from "./message.ts";
import { formatLabels, type Notice } from "./notice.ts";

/** Alerts that go into one message of one receiver. */
export interface AlertGroup {
  /** Names receiver and group; the same after a restart. */
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The latest notice of each alert by fingerprint. */
  readonly notices: Map<string, Notice>;
  /** When the group is looked at next, ms since the epoch. */
  nextFlushMs: number;
  failures: number;
  isSending: boolean;
}

export interface GroupTimes {
  readonly groupWaitMs: number;
  readonly nowMs: number;
}

/** The labels a group is named by: all of them for `["..."]`. */
function pickLabels(
  labels: Readonly<Record<string, string>>,
  groupBy: readonly string[],
): Record<string, string> {
  if (groupBy.includes("...")) return { ...labels };
  return Object.fromEntries(groupBy.flatMap((name) => (name in labels ? [[name, labels[name] ?? ""]] : [])));
}

/** Puts a notice into its group, making the group when it is new. False when there are too many groups. */
export function addToGroup(
  groups: Map<string, AlertGroup>,
  notice: Notice,
  route: {
    readonly name: string;
    readonly groupBy: readonly string[];
    readonly maxGroups: number;
  } & GroupTimes,
): boolean {
  const labels = pickLabels(notice.labels, route.groupBy);
  const key = `${route.name}:${formatLabels(labels)}`;
  const known = groups.get(key);
  if (known === undefined && groups.size >= route.maxGroups) return false;
  const group = known ?? openGroup(key, labels, route.nowMs + route.groupWaitMs);
  groups.set(key, group);
  group.notices.set(fingerprintOf(notice.labels), notice);
  // An alert that has fired for longer than the wait (after a restart) needs no further wait.
  const hasWaited = notice.startsAtMs + route.groupWaitMs <= route.nowMs;
  if (known === undefined && hasWaited) group.nextFlushMs = route.nowMs;
  return true;
}

function openGroup(key: string, labels: Record<string, string>, nextFlushMs: number): AlertGroup {
  return { key, labels, notices: new Map(), nextFlushMs, failures: 0, isSending: false };
}

/** A firing notice that was not renewed has ended: its rule is gone or the engine stood still. */
export function settle(notice: Notice, nowMs: number): Notice {
  if (notice.status === "resolved" || notice.endsAtMs > nowMs) return notice;
  return { ...notice, status: "resolved", reason: "no_data" };
}
