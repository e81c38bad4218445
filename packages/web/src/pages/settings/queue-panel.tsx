import type { StoreQueue } from "@spanlight/contract";
import { Panel } from "../../components/core/panel.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { formatCount, formatDuration } from "../../lib/format.ts";
import styles from "./settings.module.css";

/** What the store works on now, and what waits for its turn. */
export function QueuePanel({ queue }: { queue: StoreQueue | null }) {
  return (
    <Panel title="Store queue" aside={<span className={styles.aside}>now</span>}>
      {queue === null ? (
        <div className={styles.loading}>
          <Skeleton height={96} />
        </div>
      ) : (
        <dl className={styles.facts}>
          <dt>Reads running</dt>
          <dd>
            {formatCount(queue.readsRunning)} <OutOf most={queue.maxReadsRunning} />
          </dd>
          <dt>Reads waiting</dt>
          <dd>
            {formatCount(queue.readsWaiting)} <OutOf most={queue.maxReadsWaiting} />
            {queue.oldestReadWaitMs === null
              ? null
              : `, the oldest for ${formatDuration(queue.oldestReadWaitMs)}`}
          </dd>
          <dt>Writes running</dt>
          <dd>{formatCount(queue.writesRunning)}</dd>
          <dt>Writes waiting</dt>
          <dd>{formatCount(queue.writesWaiting)}</dd>
        </dl>
      )}
    </Panel>
  );
}

function OutOf({ most }: { most: number }) {
  return <span className={styles.unit}>of at most {formatCount(most)}</span>;
}
