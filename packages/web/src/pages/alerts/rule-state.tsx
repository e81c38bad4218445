import type { AlertRule } from "@spanlight/contract";
import { Badge, StatusDot } from "../../components/core/badge.tsx";
import styles from "./alerts.module.css";

const urgent = new Set(["critical", "page"]);

interface SeverityProps {
  labels: Readonly<Record<string, string>>;
  state: AlertRule["state"];
}

/** The label by which rules say how much they matter; in red only where something is wrong now. */
export function Severity({ labels, state }: SeverityProps) {
  const { severity } = labels;
  if (severity === undefined) return null;
  const tone = state === "inactive" ? "neutral" : state === "firing" && urgent.has(severity) ? "bad" : "warn";
  return <Badge tone={tone}>{severity}</Badge>;
}

/** The state in words, with what is wrong where the rule cannot be evaluated. */
export function RuleState({ rule }: { rule: AlertRule }) {
  if (rule.health === "err") {
    return (
      <span title={rule.lastError ?? undefined}>
        <StatusDot tone="bad" /> cannot be evaluated
      </span>
    );
  }
  if (rule.kind === "recording") return <span className={styles.note}>records</span>;
  if (rule.health === "unknown") return <span className={styles.note}>not evaluated yet</span>;
  const tone = { firing: "bad", pending: "warn", inactive: "ok" } as const;
  return (
    <span>
      <StatusDot tone={tone[rule.state]} /> {rule.state}
      {rule.alerts.length > 1 ? <span className={styles.note}> {rule.alerts.length} alerts</span> : null}
    </span>
  );
}
