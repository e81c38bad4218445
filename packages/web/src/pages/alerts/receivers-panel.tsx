import type { Receiver } from "@spanlight/contract";
import { useReceivers } from "../../api/use-alerts.ts";
import { StatusDot } from "../../components/core/badge.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { formatCount, plural } from "../../lib/format.ts";
import { formatMoment } from "../../lib/instant.ts";
import { useNow } from "../../lib/use-now.ts";
import styles from "./alerts.module.css";

/** Who is told, and whether the last message arrived. */
export function ReceiversPanel() {
  const receivers = useReceivers();
  return (
    <Panel title="Who is told">
      {receivers.data === undefined ? (
        <div className={styles.loading}>
          {receivers.error === null ? (
            <Skeleton height={40} />
          ) : (
            <p role="alert">{receivers.error.message}</p>
          )}
        </div>
      ) : receivers.data.items.length === 0 ? (
        <p className={styles.empty}>
          Nobody is told: alerts show here alone. Name receivers under <code>notify:</code> in{" "}
          <code>spanlight.yaml</code>: Slack, webhook, PagerDuty, e-mail or Alertmanager.
        </p>
      ) : (
        <ul className={styles.list}>
          {receivers.data.items.map((receiver) => (
            <ReceiverRow key={receiver.name} receiver={receiver} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function ReceiverRow({ receiver }: { receiver: Receiver }) {
  const nowMs = useNow();
  const [last] = receiver.deliveries;
  const failed = last?.outcome === "failed";
  return (
    <li className={styles.row}>
      <div>
        <p>
          <StatusDot tone={failed ? "bad" : "ok"} /> {receiver.name}{" "}
          <span className={styles.note}>{receiver.type}</span>
        </p>
        <p className={styles.note}>
          {last === undefined
            ? "told nothing since the start"
            : `${failed ? "refused" : "took"} “${last.title}” at ${formatMoment(Date.parse(last.at), nowMs)}`}
          {last?.error === null || last === undefined ? "" : `: ${last.error}`}
        </p>
      </div>
      <p className={styles.note}>
        {formatCount(receiver.counts.sent)} sent
        {receiver.counts.failed === 0 ? "" : `, ${plural(receiver.counts.failed, "failure")}`}
        {receiver.waiting === 0 ? "" : `, ${formatCount(receiver.waiting)} waiting`}
      </p>
    </li>
  );
}
