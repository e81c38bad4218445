import type { Message, MessageAlert } from "./message.ts";
import { postJson } from "./post-json.ts";
import type { GroupReceiver } from "./receiver.ts";

export interface WebhookOptions {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What Go writes for a time that is not set. */
const NO_TIME = "0001-01-01T00:00:00Z";

function toAlert(alert: MessageAlert): unknown {
  const { status, labels, annotations, startsAtMs, endsAtMs, generatorUrl, fingerprint } = alert;
  return {
    status,
    labels,
    annotations,
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: status === "resolved" ? new Date(endsAtMs).toISOString() : NO_TIME,
    generatorURL: generatorUrl,
    fingerprint,
    // Beyond Alertmanager's payload:
    value: Number.isFinite(alert.value) ? alert.value : String(alert.value),
    threshold: alert.threshold,
    activeAt: new Date(alert.activeAtMs).toISOString(),
    reason: alert.reason,
    pageURL: alert.pageUrl,
    traces: alert.traces,
  };
}

/** Alertmanager's webhook payload, version 4, with value, threshold, page and traces added to each alert. */
export function toWebhookPayload(message: Message): unknown {
  const { receiver, status, alerts, groupLabels, commonLabels, commonAnnotations } = message;
  return {
    version: "4",
    groupKey: message.groupKey,
    truncatedAlerts: message.truncatedAlerts,
    status,
    receiver,
    groupLabels,
    commonLabels,
    commonAnnotations,
    externalURL: message.externalUrl,
    alerts: alerts.map(toAlert),
  };
}

/** Posts to any HTTP endpoint. */
export function createWebhook({ url, headers = {} }: WebhookOptions): GroupReceiver {
  return {
    kind: "groups",
    type: "webhook",
    async send(message, signal) {
      await postJson({ what: "the webhook", url, headers, body: toWebhookPayload(message), signal });
    },
  };
}
