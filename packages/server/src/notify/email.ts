import { createTransport, type Transporter } from "nodemailer";
import { factsOf, headlineOf, titleOf, type Message, type MessageAlert } from "./message.ts";
import { DeliveryError, type GroupReceiver } from "./receiver.ts";

export interface EmailOptions {
  /** `smtp://user:password@host:587`, or `smtps://…`; a secret. */
  readonly url: string;
  readonly from: string;
  readonly to: readonly string[];
}

const TIMEOUT_MS = 15_000;

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);
}

function toTextPart(alert: MessageAlert): string {
  const facts = factsOf(alert).map(([name, text]) => `  ${name}: ${text}`);
  const traces = alert.traces.map(({ url }) => `  Trace: ${url}`);
  return [
    `${alert.status.toUpperCase()}  ${headlineOf(alert)}`,
    ...facts,
    `  ${alert.pageUrl}`,
    ...traces,
  ].join("\n");
}

function toHtmlPart(alert: MessageAlert): string {
  const rows = factsOf(alert).map(
    ([name, text]) => `<tr><th align="left" valign="top">${name}</th><td>${escapeHtml(text)}</td></tr>`,
  );
  const traces = alert.traces.map(({ url, traceId }) => `<a href="${escapeHtml(url)}">${traceId}</a>`);
  const links = traces.length > 0 ? `<p>Traces: ${traces.join(", ")}</p>` : "";
  const title = `${alert.status.toUpperCase()} <a href="${escapeHtml(alert.pageUrl)}">${escapeHtml(headlineOf(alert))}</a>`;
  return `<h3>${title}</h3><table>${rows.join("")}</table>${links}`;
}

/** Subject, text and HTML of a message; replies of one group thread together. */
export function toMail(message: Message): {
  subject: string;
  text: string;
  html: string;
  references: string;
} {
  const { alerts, truncatedAlerts } = message;
  const more = truncatedAlerts > 0 ? [`… and ${truncatedAlerts} more alerts.`] : [];
  const subject = titleOf(message).replaceAll(/[\r\n]+/g, " ");
  const key = Buffer.from(message.groupKey).toString("base64url").slice(0, 60);
  return {
    subject,
    text: [...alerts.map(toTextPart), ...more, message.externalUrl].join("\n\n"),
    html: [...alerts.map(toHtmlPart), ...more.map((line) => `<p>${line}</p>`)].join("<hr>"),
    references: `<${key}@spanlight>`,
  };
}

/** Whether another try may help: everything but a mail server's final no. */
function isRetryable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("responseCode" in error && typeof error.responseCode === "number") return error.responseCode < 500;
  return !("code" in error && (error.code === "EAUTH" || error.code === "EENVELOPE"));
}

/** Sends mail over SMTP. */
export function createEmail({ url, from, to }: EmailOptions): GroupReceiver {
  const transport: Transporter = createTransport(url, { from });
  return {
    kind: "groups",
    type: "email",
    async send(message, signal) {
      signal.throwIfAborted();
      const timer = AbortSignal.timeout(TIMEOUT_MS);
      try {
        await Promise.race([
          transport.sendMail({ to: [...to], ...toMail(message) }),
          new Promise<never>((_, reject) => {
            AbortSignal.any([signal, timer]).addEventListener("abort", () => reject(new Error("timed out")));
          }),
        ]);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new DeliveryError(`the mail server did not take the message: ${reason}`, {
          isRetryable: isRetryable(error),
          cause: error,
        });
      }
    },
  };
}
