import type { MessageAlert } from "./message.ts";
import { postJson } from "./post-json.ts";
import type { ForwardReceiver } from "./receiver.ts";

export interface AlertmanagerOptions {
  /** Where Alertmanager is, without `/api/v2/alerts`. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Prometheus sends so many at once. */
const BATCH_SIZE = 256;

/** Older Alertmanagers refuse names with dots and the like. */
function toLabelName(name: string): string {
  const plain = name.replaceAll(/[^a-zA-Z0-9_]/g, "_");
  return /^\d/.test(plain) ? `_${plain}` : plain;
}

function toPlainNames(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [toLabelName(name), value]));
}

/** An alert of Alertmanager's API v2. Page and traces travel as annotations. */
export function toPostableAlert(alert: MessageAlert): unknown {
  const { labels, annotations, startsAtMs, endsAtMs, generatorUrl, pageUrl, traces } = alert;
  const added = {
    page: pageUrl,
    ...(traces.length > 0 ? { traces: traces.map(({ url }) => url).join(" ") } : {}),
  };
  return {
    labels: toPlainNames(labels),
    annotations: { ...added, ...toPlainNames(annotations) },
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: new Date(endsAtMs).toISOString(),
    ...(URL.canParse(generatorUrl) ? { generatorURL: generatorUrl } : {}),
  };
}

/** Passes alerts on to an Alertmanager, which groups, silences and routes them itself. */
export function createAlertmanager({ url, headers = {} }: AlertmanagerOptions): ForwardReceiver {
  const endpoint = `${url.replace(/\/$/, "")}/api/v2/alerts`;
  return {
    kind: "alerts",
    type: "alertmanager",
    batchSize: BATCH_SIZE,
    async send(alerts, signal) {
      const body = alerts.map(toPostableAlert);
      await postJson({ what: "Alertmanager", url: endpoint, headers, body, signal });
    },
  };
}
