import { createHash } from "node:crypto";
import { factsOf, headlineOf, titleOf, type Message } from "./message.ts";
import { postJson } from "./post-json.ts";
import type { GroupReceiver } from "./receiver.ts";

export interface PagerDutyOptions {
  /** The integration key of a service; a secret. */
  readonly routingKey: string;
  /** Default: PagerDuty's Events API v2. */
  readonly url?: string;
}

const EVENTS_URL = "https://events.pagerduty.com/v2/enqueue";
/** PagerDuty refuses longer summaries and larger events. */
const MAX_SUMMARY = 1024;
const MAX_EVENT_BYTES = 512_000;

const SEVERITIES: Readonly<Record<string, string>> = {
  critical: "critical",
  page: "critical",
  error: "error",
  warning: "warning",
  ticket: "warning",
  info: "info",
};

function toDetails({ alerts }: Message): Record<string, unknown> {
  const toRecord = (status: string): Record<string, string>[] =>
    alerts
      .filter((alert) => alert.status === status)
      .map((alert) => ({
        ...Object.fromEntries(factsOf(alert)),
        Page: alert.pageUrl,
        Traces: alert.traces.map(({ url }) => url).join(" "),
      }));
  return { firing: toRecord("firing"), resolved: toRecord("resolved") };
}

function toLinks({ alerts }: Message): { href: string; text: string }[] {
  const pages = alerts.slice(0, 5).map((alert) => ({ href: alert.pageUrl, text: headlineOf(alert) }));
  const traces = alerts[0]?.traces ?? [];
  return [...pages, ...traces.map(({ url, traceId }) => ({ href: url, text: `Trace ${traceId}` }))];
}

/** An event of PagerDuty's Events API v2. A group is one incident: the key is made of the group. */
export function toPagerDutyEvent(message: Message, routingKey: string): Record<string, unknown> {
  const [first] = message.alerts;
  const { commonLabels, groupLabels } = message;
  const summary = `${titleOf(message)}${first === undefined ? "" : `: ${headlineOf(first)}`}`;
  const payload = {
    summary: Array.from(summary).slice(0, MAX_SUMMARY).join(""),
    source: commonLabels["instance"] ?? commonLabels["service"] ?? "spanlight",
    severity: SEVERITIES[commonLabels["severity"] ?? ""] ?? "error",
    timestamp: new Date(first?.startsAtMs ?? 0).toISOString(),
    component: commonLabels["service"],
    group: groupLabels["alertname"] ?? commonLabels["alertname"],
    class: commonLabels["alertname"],
    custom_details: toDetails(message),
  };
  const event = {
    routing_key: routingKey,
    event_action: message.status === "firing" ? "trigger" : "resolve",
    dedup_key: createHash("sha256").update(message.groupKey).digest("hex"),
    client: "Spanlight",
    client_url: message.externalUrl,
    links: toLinks(message),
    payload,
  };
  if (Buffer.byteLength(JSON.stringify(event)) <= MAX_EVENT_BYTES) return event;
  return { ...event, payload: { ...payload, custom_details: { error: "left out: too large" } } };
}

/** Triggers and resolves incidents of PagerDuty. */
export function createPagerDuty({ routingKey, url = EVENTS_URL }: PagerDutyOptions): GroupReceiver {
  return {
    kind: "groups",
    type: "pagerduty",
    async send(message, signal) {
      await postJson({ what: "PagerDuty", url, body: toPagerDutyEvent(message, routingKey), signal });
    },
  };
}
