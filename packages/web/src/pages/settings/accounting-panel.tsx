import type { Ingest, KeyAccounting, SignalAccounting } from "@spanlight/contract";
import { useState } from "react";
import { ColumnHeads } from "../../components/core/column-heads.tsx";
import { Badge } from "../../components/core/badge.tsx";
import { Button } from "../../components/core/button.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import { formatBytes, formatCount, plural } from "../../lib/format.ts";
import { formatMoment } from "../../lib/instant.ts";
import { useNow } from "../../lib/use-now.ts";
import styles from "./settings.module.css";
import { chooseShownKeys, describeRefused, isToldByKey } from "./key-words.ts";

const SIGNALS = ["traces", "metrics", "logs"] as const;
const UNITS = { traces: "spans", metrics: "points", logs: "records" } as const;
const COLUMNS = ["Signal", "Received", "Stored", "Rejected", "Duplicates", "Waiting"];

/** What came, of all keys together and of each of them. */
export function Accounting({ ingest }: { ingest: Ingest | null }) {
  return (
    <Panel
      title="Accounting"
      aside={<span className={styles.aside}>received = stored + rejected + duplicates + waiting</span>}
    >
      {ingest === null ? (
        <div className={styles.loading}>
          <Skeleton height={110} />
        </div>
      ) : (
        <div className={styles.scroll}>
          <table className={styles.table}>
            <ColumnHeads names={COLUMNS} />
            <tbody>
              {SIGNALS.map((signal) => (
                <SignalRow key={signal} signal={signal} accounting={ingest[signal]} />
              ))}
            </tbody>
            {isToldByKey(ingest.keys) ? <KeyAccounts keys={ingest.keys} /> : null}
          </table>
        </div>
      )}
    </Panel>
  );
}

function KeyAccounts({ keys }: { keys: readonly KeyAccounting[] }) {
  const [isWhole, setIsWhole] = useState(false);
  const shown = isWhole ? keys : chooseShownKeys(keys);
  return (
    <>
      {shown.map((key) => (
        <KeyAccount key={key.keyId ?? ""} account={key} />
      ))}
      {shown.length === keys.length ? null : (
        <tbody>
          <tr className={styles.reasons}>
            <td colSpan={COLUMNS.length}>
              <Button onClick={() => setIsWhole(true)}>
                Show the {formatCount(keys.length - shown.length)} others
              </Button>
            </td>
          </tr>
        </tbody>
      )}
    </>
  );
}

function KeyAccount({ account }: { account: KeyAccounting }) {
  const nowMs = useNow();
  const { keyId, name, isRevoked, lastReceivedAt, requests, bytes, refusedRequests } = account;
  const facts = [
    keyId === null ? null : keyId,
    lastReceivedAt === null ? null : `last ${formatMoment(Date.parse(lastReceivedAt), nowMs)}`,
    requests === 0 ? null : `${plural(requests, "request")}, ${formatBytes(bytes)} since the start`,
    describeRefused(refusedRequests),
  ].filter((fact) => fact !== null);
  return (
    <tbody>
      <tr className={styles.keyHead}>
        <th colSpan={COLUMNS.length} scope="rowgroup">
          <span className={styles.keyName}>
            {keyId === null ? "Without a key" : name === null || name === "" ? keyId : name}
          </span>{" "}
          {isRevoked ? <Badge>revoked</Badge> : null} <span className={styles.unit}>{facts.join(" · ")}</span>
        </th>
      </tr>
      {SIGNALS.filter((signal) => account[signal].received > 0).map((signal) => (
        <SignalRow key={signal} signal={signal} accounting={account[signal]} />
      ))}
    </tbody>
  );
}

function sumRejected({ rejected }: SignalAccounting): number {
  return Object.values(rejected).reduce((sum, count) => sum + count, 0);
}

function SignalRow({
  signal,
  accounting,
}: {
  signal: (typeof SIGNALS)[number];
  accounting: SignalAccounting;
}) {
  const { received, stored, rejected, duplicates, inSpool, unpriced, late } = accounting;
  const rejectedTotal = sumRejected(accounting);
  const difference = received - stored - rejectedTotal - duplicates - inSpool;
  const notes = [
    ...Object.entries(rejected).map(
      ([reason, count]) => `${formatCount(count)} rejected: ${reason.replaceAll("_", " ")}`,
    ),
    ...(unpriced === 0 ? [] : [`${formatCount(unpriced)} without a known price`]),
    ...(late === 0 ? [] : [`${formatCount(late)} came more than an hour late`]),
    ...(difference === 0 ? [] : [`The books are off by ${formatCount(difference)}.`]),
  ];
  return (
    <>
      <tr>
        <th scope="row">
          {signal} <span className={styles.unit}>{UNITS[signal]}</span>
        </th>
        <td>{formatCount(received)}</td>
        <td>{formatCount(stored)}</td>
        <td className={joinClasses(rejectedTotal > 0 && styles.bad)}>{formatCount(rejectedTotal)}</td>
        <td>{formatCount(duplicates)}</td>
        <td>{formatCount(inSpool)}</td>
      </tr>
      {notes.length === 0 ? null : (
        <tr className={styles.reasons}>
          <td colSpan={COLUMNS.length}>{notes.join(" · ")}</td>
        </tr>
      )}
    </>
  );
}
