import type { Health, Server } from "@spanlight/contract";
import { StatusDot } from "../../components/core/badge.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { formatBytes, formatDuration } from "../../lib/format.ts";
import { formatMoment } from "../../lib/instant.ts";
import { useNow } from "../../lib/use-now.ts";
import { DurationFacts } from "./figures.tsx";
import { describeCpu } from "./server-words.ts";
import styles from "./settings.module.css";

const tones = { ok: "ok", degraded: "warn", down: "bad" } as const;

interface HealthPanelProps {
  health: Health | null;
  error: Error | null;
  /** Null where it is not told or not known yet. */
  server: Server | null;
}

/** The parts of the server and how each is, since when it runs, and what its process uses. */
export function HealthPanel({ health, error, server }: HealthPanelProps) {
  const version = health?.version ?? server?.version;
  return (
    <Panel
      title="Server"
      aside={<span className={styles.aside}>{version === undefined ? "" : `version ${version}`}</span>}
    >
      {health === null ? (
        <div className={styles.loading}>
          {error === null ? <Skeleton height={160} /> : <p role="alert">{error.message}</p>}
        </div>
      ) : (
        <dl className={styles.facts}>
          {Object.entries(health.checks).map(([name, check]) => (
            <div key={name} className={styles.check}>
              <dt>{name}</dt>
              <dd>
                <StatusDot tone={tones[check.status]} /> {check.status}, {formatDuration(check.latency_ms)}
                {check.message === undefined ? null : (
                  <span className={styles.message}> {check.message}</span>
                )}
              </dd>
            </div>
          ))}
          {server === null ? null : <ProcessFacts server={server} />}
        </dl>
      )}
    </Panel>
  );
}

function ProcessFacts({ server }: { server: Server }) {
  const nowMs = useNow();
  const startedMs = Date.parse(server.startedAt);
  const { residentMemoryBytes, eventLoopDelay } = server.process;
  return (
    <>
      <dt>Up</dt>
      <dd>
        {formatDuration(Math.max(0, Math.round((nowMs - startedMs) / 1000)) * 1000)}{" "}
        <span className={styles.message}>since {formatMoment(startedMs, nowMs)}</span>
      </dd>
      <dt>Memory</dt>
      <dd>{formatBytes(residentMemoryBytes)} resident</dd>
      <dt>CPU</dt>
      <dd>{describeCpu(server, nowMs)}</dd>
      <dt title="How much later than asked for a timer fires: while one thing holds the event loop, all else waits">
        Event loop
      </dt>
      <dd>
        {eventLoopDelay.count === 0 ? "not measured yet" : <DurationFacts durations={eventLoopDelay} />}
      </dd>
    </>
  );
}
