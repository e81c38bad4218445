import type { Health, Ingest } from "@spanlight/contract";
import { useHealth, useIngest } from "../../api/use-ingest.ts";
import { SnippetList } from "../../components/connect/connect-state.tsx";
import { StatusDot } from "../../components/core/badge.tsx";
import { Button } from "../../components/core/button.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { ErrorState, Skeleton, StaleNotice } from "../../components/core/states.tsx";
import { chooseTheme, useThemeChoice, type ThemeChoice } from "../../components/frame/theme.ts";
import { TopBar } from "../../components/frame/top-bar.tsx";
import { formatBytes, formatDuration, plural } from "../../lib/format.ts";
import { formatClockSeconds, formatDay } from "../../lib/instant.ts";
import { Accounting } from "./accounting-panel.tsx";
import { AuditPanel } from "./audit-panel.tsx";
import { CostsPanel } from "./costs-panel.tsx";
import styles from "./ingest-page.module.css";
import { KeysPanel } from "./keys-panel.tsx";
import { ProjectsPanel } from "./projects-panel.tsx";

/** What arrived and what became of it, who may send, read and administer, and how to make an application send here. */
export function IngestPage() {
  const ingest = useIngest();
  const health = useHealth();
  return (
    <>
      <TopBar title="Settings and ingest" />
      <main id="content" className={styles.page}>
        {ingest.data === undefined && ingest.error !== null ? (
          <ErrorState
            title="The accounting could not be read"
            error={ingest.error}
            onRetry={() => void ingest.refetch()}
          />
        ) : (
          <>
            <StaleNotice error={ingest.error} onRetry={() => void ingest.refetch()} />
            <Accounting ingest={ingest.data ?? null} />
          </>
        )}
        <CostsPanel repeatedCalls={ingest.data?.repeatedCalls ?? null} />
        <KeysPanel />
        <ProjectsPanel />
        <div className={styles.columns}>
          <Panel title="Send to this server">
            <div className={styles.snippets}>
              <SnippetList />
            </div>
          </Panel>
          <div className={styles.side}>
            {ingest.data === undefined && ingest.error !== null ? null : (
              <Spool ingest={ingest.data ?? null} />
            )}
            <HealthPanel health={health.data ?? null} error={health.error} />
            <Appearance />
          </div>
        </div>
        <AuditPanel />
      </main>
    </>
  );
}

function Spool({ ingest }: { ingest: Ingest | null }) {
  const last = ingest?.lastReceivedAt ?? null;
  const lastMs = last === null ? null : Date.parse(last);
  return (
    <Panel title="Spool">
      {ingest === null ? (
        <div className={styles.loading}>
          <Skeleton height={60} />
        </div>
      ) : (
        <dl className={styles.facts}>
          <dt>Last request</dt>
          <dd>{lastMs === null ? "none yet" : `${formatDay(lastMs)} ${formatClockSeconds(lastMs)}`}</dd>
          <dt>On disk</dt>
          <dd>
            {formatBytes(ingest.spool.bytes)} in {plural(ingest.spool.segments, "segment")}
          </dd>
          <dt>Oldest waiting</dt>
          <dd>
            {ingest.spool.oldestAgeMs === null ? "nothing waits" : formatDuration(ingest.spool.oldestAgeMs)}
          </dd>
        </dl>
      )}
    </Panel>
  );
}

const tones = { ok: "ok", degraded: "warn", down: "bad" } as const;

function HealthPanel({ health, error }: { health: Health | null; error: Error | null }) {
  return (
    <Panel
      title="Health"
      aside={<span className={styles.aside}>{health === null ? "" : `version ${health.version}`}</span>}
    >
      {health === null ? (
        <div className={styles.loading}>
          {error === null ? <Skeleton height={60} /> : <p role="alert">{error.message}</p>}
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
        </dl>
      )}
    </Panel>
  );
}

const themeNames: Record<ThemeChoice, string> = { system: "As the system", light: "Light", dark: "Dark" };

function Appearance() {
  const chosen = useThemeChoice();
  return (
    <Panel title="Appearance">
      <div className={styles.choices} role="group" aria-label="Colours">
        {(Object.keys(themeNames) as ThemeChoice[]).map((choice) => (
          <Button key={choice} aria-pressed={choice === chosen} onClick={() => chooseTheme(choice)}>
            {themeNames[choice]}
          </Button>
        ))}
      </div>
    </Panel>
  );
}
