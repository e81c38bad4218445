import type { Ingest, Server } from "@spanlight/contract";
import { Panel } from "../../components/core/panel.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { formatBytes, formatDuration, plural } from "../../lib/format.ts";
import { formatClockSeconds, formatDay } from "../../lib/instant.ts";
import { DurationFacts, DurationFigure } from "./figures.tsx";
import styles from "./settings.module.css";

/** How long data wait between being acknowledged and being readable, and what waits now. */
export function LagPanel({ ingest, server }: { ingest: Ingest | null; server: Server | null }) {
  return (
    <Panel title="Acknowledged → readable">
      {ingest === null ? (
        <div className={styles.loading}>
          <Skeleton height={96} />
        </div>
      ) : (
        <dl className={styles.facts}>
          {server === null ? null : <Lag server={server} />}
          <Waiting ingest={ingest} />
        </dl>
      )}
    </Panel>
  );
}

function Lag({ server: { lag, windowMs } }: { server: Server }) {
  return (
    <>
      <dt>Last {formatDuration(windowMs)}</dt>
      <dd>{lag.recent.count === 0 ? "nothing was stored" : <DurationFacts durations={lag.recent} />}</dd>
      <dt>Last segment</dt>
      <dd>{lag.newestMs === null ? "none since the start" : <DurationFigure durationMs={lag.newestMs} />}</dd>
    </>
  );
}

function Waiting({ ingest: { spool, lastReceivedAt } }: { ingest: Ingest }) {
  const lastMs = lastReceivedAt === null ? null : Date.parse(lastReceivedAt);
  return (
    <>
      <dt>Waiting</dt>
      <dd>
        {spool.segments === 0 && spool.oldestAgeMs === null
          ? "nothing"
          : `${formatBytes(spool.bytes)} in ${plural(spool.segments, "segment")}`}
        {spool.oldestAgeMs === null ? "" : `, the oldest for ${formatDuration(spool.oldestAgeMs)}`}
      </dd>
      <dt>Last request</dt>
      <dd>{lastMs === null ? "none yet" : `${formatDay(lastMs)} ${formatClockSeconds(lastMs)}`}</dd>
    </>
  );
}
