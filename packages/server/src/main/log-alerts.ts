import { labelsFrom, labelsKey } from "@spanlight/promql";
import type { AlertNotice } from "../alerts/engine/outside.ts";
import type { Log } from "../spool/inserter.ts";

/** Logs one line when an alert starts and one when it ends; nothing of its annotations, which may quote anything. */
export function createAlertLog(log: Log): (notices: readonly AlertNotice[]) => void {
  const firing = new Set<string>();
  return (notices) => {
    for (const { status, labels, reason } of notices) {
      const key = labelsKey(labelsFrom(labels));
      const alert = labels["alertname"] ?? "";
      const severity = labels["severity"] ?? null;
      if (status === "firing" && !firing.has(key)) {
        firing.add(key);
        log("warn", "alert fires", { alert, severity });
      } else if (status === "resolved" && firing.delete(key)) {
        log("info", "alert ended", { alert, severity, reason });
      }
    }
  };
}
