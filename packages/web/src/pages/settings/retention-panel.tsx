import type { RetentionReport } from "@spanlight/contract";
import { ColumnHeads } from "../../components/core/column-heads.tsx";
import { Badge } from "../../components/core/badge.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import { formatBytes, formatPercent, NOT_KNOWN } from "../../lib/format.ts";
import { formatClock, formatDay } from "../../lib/instant.ts";
import styles from "./server.module.css";
import { describeDropped, describeKept, nameRetention } from "./server-words.ts";

const COLUMNS = ["Kind", "Kept for", "On disk", "At most", "Oldest"];

/** How long and how much is kept of each kind, and what was dropped. */
export function RetentionPanel({ retention }: { retention: readonly RetentionReport[] | null }) {
  return (
    <Panel title="What is kept" aside={<span className={styles.aside}>as of the last look</span>}>
      {retention === null ? (
        <div className={styles.loading}>
          <Skeleton height={120} />
        </div>
      ) : retention.length === 0 ? (
        <p className={styles.empty}>Nothing is dropped by age or size: no limit is set.</p>
      ) : (
        <div className={styles.scroll}>
          <table className={styles.figures}>
            <ColumnHeads names={COLUMNS} />
            <tbody>
              {retention.map((report) => (
                <RetentionRow key={report.name} report={report} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function RetentionRow({ report }: { report: RetentionReport }) {
  const { name, bytes, maxBytes, oldestAt, isOverLimit } = report;
  const dropped = describeDropped(report);
  return (
    <>
      <tr>
        <th scope="row">
          {nameRetention(name)}{" "}
          {isOverLimit ? (
            <Badge tone="warn" title="What cannot be dropped, the newest of it, takes more than may be kept">
              over the limit
            </Badge>
          ) : null}
        </th>
        <td>{describeKept(report)}</td>
        <td>{formatBytes(bytes)}</td>
        <td>
          {maxBytes === null ? (
            <span className={styles.unit}>no limit</span>
          ) : (
            <>
              {formatBytes(maxBytes)}{" "}
              <span className={joinClasses(styles.unit, styles.wide)}>
                {formatPercent(maxBytes === 0 ? null : bytes / maxBytes)}
              </span>
            </>
          )}
        </td>
        <td>{oldestAt === null ? NOT_KNOWN : <Moment at={oldestAt} />}</td>
      </tr>
      {dropped === null ? null : (
        <tr className={styles.notes}>
          <td colSpan={COLUMNS.length}>{dropped}</td>
        </tr>
      )}
    </>
  );
}

/** The day, and the time of day where there is room. */
function Moment({ at }: { at: string }) {
  const atMs = Date.parse(at);
  return (
    <time dateTime={at}>
      {formatDay(atMs)} <span className={joinClasses(styles.unit, styles.wide)}>{formatClock(atMs)}</span>
    </time>
  );
}
