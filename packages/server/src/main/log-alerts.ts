import { labelsFrom, labelsKey } from "@spanlight/promql";
import type { ReloadStatus } from "../alerts/create-alerts.ts";
import type { AlertNotice } from "../alerts/engine/outside.ts";
import type { Log } from "../spool/inserter.ts";

/** Logs what is wrong with rule files, and that they are in order again: once for each change of the files. */
export function createReloadLog(log: Log): (status: ReloadStatus) => void {
  let wasWrong = false;
  return ({ problems, groupCount }) => {
    for (const { file, message } of problems) {
      log("error", "a rule file is not taken; its rules from before, if any, stay in operation", {
        file,
        error: message,
      });
    }
    if (problems.length === 0 && wasWrong) log("info", "all rule files are taken", { groups: groupCount });
    wasWrong = problems.length > 0;
  };
}

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
