import { factsOf, headlineOf, titleOf, type Message, type MessageAlert } from "./message.ts";
import { postJson } from "./post-json.ts";
import { DeliveryError, type GroupReceiver } from "./receiver.ts";

export interface SlackOptions {
  /** The incoming webhook; a secret. */
  readonly url: string;
}

const COLOURS = { firing: "#d73a49", resolved: "#28a745", blind: "#999999" } as const;
/** Slack refuses messages with more attachments and sections with longer text. */
const MAX_ATTACHMENTS = 20;
const MAX_SECTION = 2900;

/** Slack's three characters with a meaning. */
function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function toLink(url: string, text: string): string {
  return `<${url}|${escapeText(text).replaceAll("|", "¦")}>`;
}

function toSection(text: string): unknown {
  return { type: "section", text: { type: "mrkdwn", text: text.slice(0, MAX_SECTION) } };
}

function toAttachment(alert: MessageAlert): unknown {
  const facts = factsOf(alert).map(([name, text]) => `*${name}:* ${escapeText(text)}`);
  const traces = alert.traces.map(({ url, traceId }) => toLink(url, traceId.slice(0, 16)));
  const lines = [
    `*${toLink(alert.pageUrl, headlineOf(alert))}*`,
    ...facts,
    ...(traces.length > 0 ? [`*Traces:* ${traces.join("  ")}`] : []),
  ];
  const isBlind = alert.status === "resolved" && alert.reason === "no_data";
  return {
    color: COLOURS[isBlind ? "blind" : alert.status],
    fallback: headlineOf(alert),
    blocks: [toSection(lines.join("\n"))],
  };
}

export function toSlackPayload(message: Message): unknown {
  const { alerts, truncatedAlerts } = message;
  const left = Math.max(0, alerts.length - MAX_ATTACHMENTS) + truncatedAlerts;
  return {
    text: escapeText(titleOf(message)) + (left > 0 ? ` (and ${left} more)` : ""),
    attachments: alerts.slice(0, MAX_ATTACHMENTS).map(toAttachment),
  };
}

/** Posts to an incoming webhook of Slack, or anything that speaks like it. */
export function createSlack({ url }: SlackOptions): GroupReceiver {
  return {
    kind: "groups",
    type: "slack",
    async send(message, signal) {
      const answer = await postJson({ what: "Slack", url, body: toSlackPayload(message), signal });
      if (answer.trim() === "ok") return;
      throw new DeliveryError(`Slack did not take the message: ${answer.slice(0, 100)}`, {
        isRetryable: false,
      });
    },
  };
}
