import type { Ingest, Server } from "@spanlight/contract";
import type { UseQueryResult } from "@tanstack/react-query";
import { useHealth, useIngest } from "../../api/use-ingest.ts";
import { isNotTold, useServer } from "../../api/use-server.ts";
import { ErrorState, StaleNotice } from "../../components/core/states.tsx";
import { Accounting } from "./accounting-panel.tsx";
import { DiskPanel } from "./disk-panel.tsx";
import { HealthPanel } from "./health-panel.tsx";
import { LagPanel } from "./lag-panel.tsx";
import { OperationsPanel } from "./operations-panel.tsx";
import { QueuePanel } from "./queue-panel.tsx";
import { RequestsPanel } from "./requests-panel.tsx";
import { RetentionPanel } from "./retention-panel.tsx";
import { ServerVerdictLine } from "./server-verdict.tsx";
import { SettingsBar } from "./settings-bar.tsx";
import styles from "./settings.module.css";

/** What arrived and what became of it, and how the server itself is doing: lag, disk, what is kept, queue, query times. */
export function IngestPage() {
  const ingest = useIngest();
  const health = useHealth();
  const server = useServer();
  const isTold = !isNotTold(server.error);
  const figures = isTold ? (server.data ?? null) : null;
  const accounts = ingest.data ?? null;
  return (
    <>
      <SettingsBar />
      <main id="content" className={styles.page}>
        {isTold ? (
          <ServerVerdictLine
            server={figures}
            error={server.error}
            health={health.data ?? null}
            retention={accounts?.retention ?? []}
          />
        ) : null}
        <Accounts query={ingest} />
        <div className={styles.columns}>
          {isBroken(ingest) ? null : <LagPanel ingest={accounts} server={figures} />}
          <HealthPanel health={health.data ?? null} error={health.error} server={figures} />
        </div>
        {isTold ? <OfTheServer query={server} ingest={accounts} /> : <NotTold />}
      </main>
    </>
  );
}

/** True for what could never be read; what was read once stays and is told to be old. */
function isBroken({ data, error }: UseQueryResult<unknown>): boolean {
  return data === undefined && error !== null;
}

function Accounts({ query }: { query: UseQueryResult<Ingest> }) {
  const onRetry = () => void query.refetch();
  if (query.data === undefined && query.error !== null) {
    return <ErrorState title="The accounting could not be read" error={query.error} onRetry={onRetry} />;
  }
  return (
    <>
      <StaleNotice error={query.error} onRetry={onRetry} />
      <Accounting ingest={query.data ?? null} />
    </>
  );
}

/** What holds for all projects together. */
function OfTheServer({ query, ingest }: { query: UseQueryResult<Server>; ingest: Ingest | null }) {
  const retention = ingest === null ? null : (ingest.retention ?? []);
  const onRetry = () => void query.refetch();
  if (query.data === undefined && query.error !== null) {
    return (
      <>
        <RetentionPanel retention={retention} />
        <ErrorState title="How the server is doing could not be read" error={query.error} onRetry={onRetry} />
      </>
    );
  }
  const server = query.data ?? null;
  return (
    <>
      <StaleNotice error={query.error} onRetry={onRetry} />
      <div className={styles.narrowFirst}>
        <DiskPanel disk={server?.disk ?? null} />
        <RetentionPanel retention={retention} />
      </div>
      <div className={styles.narrowFirst}>
        <QueuePanel queue={server?.queue ?? null} />
        <OperationsPanel server={server} />
      </div>
      <RequestsPanel server={server} />
    </>
  );
}

function NotTold() {
  return (
    <p className={styles.hint}>
      What is kept, and the server’s disk, queue and query times, are those of all projects: they are told to
      the project default alone.
    </p>
  );
}
