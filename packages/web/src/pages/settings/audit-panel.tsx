import type { AuditEntry } from "@spanlight/contract";
import { useState } from "react";
import { useAudit } from "../../api/use-keys.ts";
import { ColumnHeads } from "../../components/core/column-heads.tsx";
import { Button } from "../../components/core/button.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { formatClockSeconds, formatDay } from "../../lib/instant.ts";
import { describeActor, describeChange, describeDetail } from "./audit-words.ts";
import { isForbidden } from "./keys-panel.tsx";
import styles from "./keys.module.css";

const STEPS = [20, 100, 1000] as const;

/** Who changed what, the newest first. */
export function AuditPanel() {
  const [step, setStep] = useState(0);
  const audit = useAudit(STEPS[step] ?? STEPS[0]);
  // The panel of keys says who may.
  if (isForbidden(audit.error)) return null;
  return (
    <Panel title="Audit log">
      {audit.data === undefined ? (
        <div className={styles.loading}>
          {audit.error === null ? <Skeleton height={90} /> : <p role="alert">{audit.error.message}</p>}
        </div>
      ) : audit.data.items.length === 0 ? (
        <p className={styles.empty}>
          Nothing has been changed yet. Changes of keys, prices, rules and silences, backups and what
          retention drops are kept here.
        </p>
      ) : (
        <>
          <table className={styles.table}>
            <ColumnHeads names={["When", "Who", "What", "Details"]} />
            <tbody>
              {audit.data.items.map((entry, index) => (
                <EntryRow key={audit.data.items.length - index} entry={entry} />
              ))}
            </tbody>
          </table>
          {audit.data.nextCursor === null || step === STEPS.length - 1 ? null : (
            <p className={styles.more}>
              <Button look="quiet" onClick={() => setStep(step + 1)}>
                Show more
              </Button>
            </p>
          )}
        </>
      )}
    </Panel>
  );
}

function EntryRow({ entry }: { entry: AuditEntry }) {
  const atMs = Date.parse(entry.time);
  return (
    <tr>
      <td className={styles.time}>
        <time dateTime={entry.time}>
          {formatDay(atMs)} {formatClockSeconds(atMs)}
        </time>
      </td>
      <td title={entry.actor.keyId ?? undefined}>
        {describeActor(entry.actor)}
        {entry.actor.address === null ? null : (
          <span className={styles.note}> from {entry.actor.address}</span>
        )}
      </td>
      <td>{describeChange(entry)}</td>
      <td className={styles.detail}>{describeDetail(entry.detail)}</td>
    </tr>
  );
}
