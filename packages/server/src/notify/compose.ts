import {
  commonPairs,
  fingerprintOf,
  type ExemplarTrace,
  type Message,
  type MessageAlert,
} from "./message.ts";
import type { Notice } from "./notice.ts";

/** What is needed to turn notices into something worth reading. */
export interface ComposeContext {
  readonly externalUrl: string;
  readonly nowMs: number;
  /** Finds traces that show what an alert is about: at most `limit` ids. */
  readonly findTraces: (notice: Notice, limit: number) => Promise<readonly string[]>;
  readonly onError: (what: string, error: unknown) => void;
}

const EXEMPLARS = 3;
/** Alerts of one message, and those of them that get traces: each asks the store. */
const MAX_ALERTS = 100;
const MAX_WITH_TRACES = 10;
const MARGIN_MS = 60 * 60_000;

/** The page that shows an alert from an hour before it began until its end or now. */
function pageUrlOf(notice: Notice, { externalUrl, nowMs }: ComposeContext): string {
  const untilMs = notice.status === "resolved" ? Math.min(notice.endsAtMs + MARGIN_MS, nowMs) : nowMs;
  const parameters = new URLSearchParams({
    alert: notice.labels["alertname"] ?? "",
    from: new Date(notice.activeAtMs - MARGIN_MS).toISOString(),
    to: new Date(Math.max(untilMs, notice.activeAtMs)).toISOString(),
  });
  return `${externalUrl}/alerts?${parameters.toString()}`;
}

async function findExemplars(notice: Notice, context: ComposeContext): Promise<ExemplarTrace[]> {
  try {
    const traceIds = await context.findTraces(notice, EXEMPLARS);
    return traceIds.slice(0, EXEMPLARS).map((traceId) => ({
      traceId,
      url: `${context.externalUrl}/traces/${encodeURIComponent(traceId)}`,
    }));
  } catch (error) {
    // A message without traces is better than none.
    context.onError("cannot find traces for an alert", error);
    return [];
  }
}

export async function composeAlert(
  notice: Notice,
  context: ComposeContext,
  wantsTraces: boolean,
): Promise<MessageAlert> {
  return {
    ...notice,
    fingerprint: fingerprintOf(notice.labels),
    pageUrl: pageUrlOf(notice, context),
    traces: wantsTraces ? await findExemplars(notice, context) : [],
  };
}

export interface ComposeRequest {
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly notices: readonly Notice[];
}

/** Makes the message of a group: firing alerts first, the newest in front. */
export async function composeMessage(request: ComposeRequest, context: ComposeContext): Promise<Message> {
  const sorted = request.notices.toSorted(
    (left, right) =>
      Number(left.status === "resolved") - Number(right.status === "resolved") ||
      right.startsAtMs - left.startsAtMs,
  );
  const kept = sorted.slice(0, MAX_ALERTS);
  const alerts = await Promise.all(
    kept.map((notice, index) => composeAlert(notice, context, index < MAX_WITH_TRACES)),
  );
  const { receiver, groupKey, groupLabels } = request;
  return {
    receiver,
    groupKey,
    groupLabels,
    commonLabels: commonPairs(sorted.map(({ labels }) => labels)),
    commonAnnotations: commonPairs(sorted.map(({ annotations }) => annotations)),
    status: sorted.some(({ status }) => status === "firing") ? "firing" : "resolved",
    alerts,
    truncatedAlerts: sorted.length - kept.length,
    externalUrl: context.externalUrl,
  };
}
