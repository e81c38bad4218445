import type { ActiveAlert, AlertRule } from "@spanlight/contract";
import { describeState, describeThreshold, formatSample } from "./alert-words.ts";
import styles from "./alerts.module.css";

/** What an alert's value is, beside the one it turns on, and since when. */
export function AlertFigures({ alert, rule, nowMs }: { alert: ActiveAlert; rule: AlertRule; nowMs: number }) {
  return (
    <div className={styles.alertFigures}>
      <p>
        <strong>{formatSample(alert.value)}</strong>{" "}
        <span className={styles.note}>{describeThreshold(rule.threshold)}</span>
      </p>
      <p className={styles.note}>{describeState(alert, rule.forMs, nowMs)}</p>
    </div>
  );
}
