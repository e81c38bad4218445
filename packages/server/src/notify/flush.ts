import { settle, type AlertGroup } from "./alert-group.ts";
import { backoffMs } from "./backoff.ts";
import { composeAlert, composeMessage, type ComposeContext } from "./compose.ts";
import { isMessageDue, type SentRecord } from "./decide.ts";
import { describeMessage, noteDelivery, type AroundDelivery, type DeliveryPlace } from "./deliveries.ts";
import { fingerprintOf, type MessageAlert } from "./message.ts";
import type { Notice } from "./notice.ts";
import { DeliveryError, type ForwardReceiver, type GroupReceiver } from "./receiver.ts";
import type { Route } from "./route.ts";
import type { Silences } from "./silences.ts";

/** What flushing needs beside the route itself. */
export interface FlushContext {
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly silences: Silences;
  readonly sent: Map<string, SentRecord>;
  /** Messages on their way for less than a second. */
  readonly underWay: Map<string, SentRecord>;
  readonly compose: Omit<ComposeContext, "nowMs">;
  readonly around?: AroundDelivery | undefined;
  /** Called once `sent` or `underWay` changed. */
  readonly save: () => Promise<void>;
}

interface Part {
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
  readonly notices: readonly Notice[];
}

/** The notices of a group that may be told: not silenced, and not ended by missing data when those stay open. */
function selectNotices(route: Route, group: AlertGroup, { silences, now }: FlushContext): Part {
  const nowMs = now();
  const notices = [...group.notices.values()].map((notice) => settle(notice, nowMs));
  const told = notices.filter(({ labels, reason }) => {
    if (route.noData === "keep" && reason === "no_data") return false;
    const isSilenced = silences.findFor(labels, nowMs).length > 0;
    if (isSilenced) route.counts.silenced++;
    return !isSilenced;
  });
  const idsOf = (status: string): string[] =>
    told.filter((notice) => notice.status === status).map(({ labels }) => fingerprintOf(labels));
  return { firing: idsOf("firing"), resolved: idsOf("resolved"), notices: told };
}

/** Looks at a group that is due and sends its message when one is due. Never throws. */
export async function flushGroup(route: Route, group: AlertGroup, context: FlushContext): Promise<void> {
  const { receiver } = route;
  if (receiver.kind !== "groups") return;
  const nowMs = context.now();
  const part = selectNotices(route, group, context);
  const { sendResolved, repeatIntervalMs } = route;
  const last = context.sent.get(group.key) ?? null;
  const isDue =
    part.notices.length > 0 && isMessageDue({ ...part, last, sendResolved, repeatIntervalMs, nowMs });
  if (!isDue) {
    finish(route, group, context);
    return;
  }
  if (!route.rateLimit.take(nowMs)) {
    route.counts.delayed++;
    group.nextFlushMs = route.rateLimit.freeAtMs(nowMs);
    return;
  }
  group.isSending = true;
  await sendGroup({ route, group, receiver, part }, context);
  group.isSending = false;
}

async function sendGroup(
  { route, group, receiver, part }: { route: Route; group: AlertGroup; receiver: GroupReceiver; part: Part },
  context: FlushContext,
): Promise<void> {
  const nowMs = context.now();
  const notices = route.sendResolved
    ? part.notices
    : part.notices.filter(({ status }) => status === "firing");
  const request = { receiver: route.name, groupKey: group.key, groupLabels: group.labels, notices };
  try {
    const message = await composeMessage(request, { ...context.compose, nowMs });
    const place = toPlace(route, context);
    const record = { firing: part.firing, resolved: part.resolved, sentAtMs: nowMs };
    await noteDelivery(place, describeMessage(message), () =>
      whileUnderWay(group.key, record, context, () => receiver.send(message, context.signal)),
    );
  } catch (error) {
    if (context.signal.aborted) return;
    noteFailure(route, error, context);
    group.failures++;
    const isFinal = error instanceof DeliveryError && !error.isRetryable;
    group.nextFlushMs = nowMs + (isFinal ? route.groupIntervalMs : backoffMs(group.failures, error));
    return;
  }
  route.counts.sent++;
  group.failures = 0;
  context.sent.set(group.key, { firing: part.firing, resolved: part.resolved, sentAtMs: nowMs });
  for (const notice of part.notices) forget(group, notice);
  finish(route, group, context);
  await context.save();
}

/** A message that is not answered within this may not have arrived at all. */
const UNDER_WAY_MS = 1_000;

/**
 * Notes that a message is on its way before it is: a process that is killed between the receiver's taking it and its answer
 * would tell it twice. One that takes longer is told again after a kill, rather than never.
 */
async function whileUnderWay(
  key: string,
  record: SentRecord,
  { underWay, save }: FlushContext,
  send: () => Promise<void>,
): Promise<void> {
  underWay.set(key, record);
  void save();
  const slow = setTimeout(() => {
    if (underWay.delete(key)) void save();
  }, UNDER_WAY_MS);
  try {
    await send();
    underWay.delete(key); // saved with what was sent
  } catch (error) {
    if (underWay.delete(key)) void save();
    throw error;
  } finally {
    clearTimeout(slow);
  }
}

/** Drops an ended alert that was told of, unless it fires again by now. */
function forget(group: AlertGroup, notice: Notice): void {
  const fingerprint = fingerprintOf(notice.labels);
  const current = group.notices.get(fingerprint);
  if (notice.status === "resolved" && current?.startsAtMs === notice.startsAtMs)
    group.notices.delete(fingerprint);
}

function noteFailure(route: Route, error: unknown, { compose }: FlushContext): void {
  route.counts.failed++;
  compose.onError(`the receiver ${route.name} did not take a message`, error);
}

/** Clears what has ended and sets the time of the next look; an empty group is gone. */
function finish(route: Route, group: AlertGroup, { now, sent }: FlushContext): void {
  const nowMs = now();
  for (const [fingerprint, notice] of group.notices) {
    const { status, reason } = settle(notice, nowMs);
    if (status === "firing") continue;
    group.notices.delete(fingerprint);
    // An end that nobody was told of: should the alert fire again, that is news.
    const last = sent.get(group.key);
    const staysOpen = route.noData === "keep" && reason === "no_data";
    if (last === undefined || staysOpen) continue;
    sent.set(group.key, { ...last, firing: last.firing.filter((one) => one !== fingerprint) });
  }
  group.nextFlushMs = nowMs + route.groupIntervalMs;
  if (group.notices.size === 0) route.groups.delete(group.key);
}

/** Passes pending alerts on to a receiver that takes them one by one. Never throws. */
export async function flushPending(route: Route, context: FlushContext): Promise<void> {
  const { receiver } = route;
  if (receiver.kind !== "alerts") return;
  route.isForwarding = true;
  while (route.pending.size > 0 && !context.signal.aborted) {
    const isSent = await forwardBatch(route, receiver, context);
    if (!isSent) break;
  }
  route.isForwarding = false;
}

function toPlace({ name, deliveries }: Route, { now, around }: FlushContext): DeliveryPlace {
  return { receiver: name, deliveries, now, around };
}

async function passOn(
  route: Route,
  alerts: readonly MessageAlert[],
  { receiver, context }: { receiver: ForwardReceiver; context: FlushContext },
): Promise<void> {
  const names = [...new Set(alerts.map(({ labels }) => labels["alertname"] ?? "alert"))];
  const isFiring = alerts.some(({ status }) => status === "firing");
  const subject = {
    title: names.slice(0, 5).join(", "),
    status: isFiring ? ("firing" as const) : ("resolved" as const),
    alertCount: alerts.length,
  };
  await noteDelivery(toPlace(route, context), subject, () => receiver.send(alerts, context.signal));
}

async function forwardBatch(
  route: Route,
  receiver: ForwardReceiver,
  context: FlushContext,
): Promise<boolean> {
  const nowMs = context.now();
  const batch = [...route.pending].slice(0, receiver.batchSize);
  const told = batch.filter(([, { labels }]) => context.silences.findFor(labels, nowMs).length === 0);
  route.counts.silenced += batch.length - told.length;
  try {
    const compose = { ...context.compose, nowMs };
    const alerts = await Promise.all(
      told.map(([, notice]) => composeAlert(notice, compose, told.length <= 10)),
    );
    if (alerts.length > 0) await passOn(route, alerts, { receiver, context });
  } catch (error) {
    noteFailure(route, error, context);
    route.pendingFailures++;
    route.pendingDueMs = nowMs + backoffMs(route.pendingFailures, error);
    if (!(error instanceof DeliveryError) || error.isRetryable) return false;
  }
  route.pendingFailures = 0;
  route.counts.sent++;
  for (const [key, notice] of batch) {
    if (route.pending.get(key) === notice) route.pending.delete(key);
  }
  return true;
}
