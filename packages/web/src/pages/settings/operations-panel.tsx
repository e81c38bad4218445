import type { Durations, Server, StoreOperationTimes } from "@spanlight/contract";
import { Panel } from "../../components/core/panel.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import { formatCount, formatDuration } from "../../lib/format.ts";
import { DurationFigure } from "./figures.tsx";
import styles from "./server.module.css";
import { countFailed, describeOutcomes, OPERATIONS } from "./server-words.ts";

const COLUMNS = [
  { name: "Operation" },
  { name: "Count" },
  { name: "Failed" },
  { name: "p50", figure: "p50Ms", isWide: true },
  { name: "p95", figure: "p95Ms" },
  { name: "p99", figure: "p99Ms" },
  { name: "Longest", figure: "maxMs", isWide: true },
] as const satisfies readonly { name: string; figure?: keyof Durations; isWide?: boolean }[];

const FIGURES = COLUMNS.filter((column) => "figure" in column);

const widthOf = (column: object): string => joinClasses("isWide" in column && styles.wide);

/** How long what the store is asked for takes, waiting for a turn included. */
export function OperationsPanel({ server }: { server: Server | null }) {
  return (
    <Panel
      title="Store operations"
      aside={
        server === null ? undefined : (
          <span className={styles.aside}>last {formatDuration(server.windowMs)}, with waiting</span>
        )
      }
    >
      {server === null ? (
        <div className={styles.loading}>
          <Skeleton height={142} />
        </div>
      ) : (
        <div className={styles.scroll}>
          <table className={styles.figures}>
            <thead>
              <tr>
                {COLUMNS.map((column) => (
                  <th key={column.name} scope="col" className={widthOf(column)}>
                    {column.name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {server.operations.map((times) => (
                <OperationRow key={times.operation} times={times} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function OperationRow({ times }: { times: StoreOperationTimes }) {
  const { operation, count, failures } = times;
  const failed = countFailed(failures);
  const outcomes = describeOutcomes(failures);
  return (
    <>
      <tr>
        <th scope="row">{OPERATIONS[operation]}</th>
        <td>{formatCount(count)}</td>
        <td className={joinClasses(failed > 0 && styles.wrong)}>{formatCount(failed)}</td>
        {FIGURES.map((column) => (
          <td key={column.name} className={widthOf(column)}>
            <DurationFigure durationMs={times[column.figure]} />
          </td>
        ))}
      </tr>
      {outcomes === null ? null : (
        <tr className={styles.notes}>
          <td colSpan={COLUMNS.length}>{outcomes}</td>
        </tr>
      )}
    </>
  );
}
