import type { AlertRule, RuleEvaluation } from "@spanlight/contract";
import { Link } from "wouter";
import { useAlertRule, useRuleHistory } from "../../api/use-alerts.ts";
import { StatusDot } from "../../components/core/badge.tsx";
import { ButtonLink } from "../../components/core/button.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { ErrorState, Skeleton, StaleNotice } from "../../components/core/states.tsx";
import { LiveSwitch } from "../../components/frame/live-switch.tsx";
import { RangePicker } from "../../components/frame/range-picker.tsx";
import { TopBar } from "../../components/frame/top-bar.tsx";
import { formatDuration } from "../../lib/format.ts";
import { formatClockSeconds, formatMoment } from "../../lib/instant.ts";
import { tracesAddress } from "../../lib/traces-link.ts";
import { useNow } from "../../lib/use-now.ts";
import { useView } from "../../lib/use-view.ts";
import { addressOf, sharedView } from "../../lib/view.ts";
import { describeLabels, filtersOfLabels, formatSample, formatSpan } from "./alert-words.ts";
import { AlertFigures } from "./alert-figures.tsx";
import styles from "./alerts.module.css";
import { RuleState, Severity } from "./rule-state.tsx";
import { BacktestPanel } from "./backtest-panel.tsx";
import { RuleChart } from "./rule-chart.tsx";
import { SilenceForm } from "./silence-form.tsx";
import { StateTimeline } from "./state-timeline.tsx";

/** One rule: what it looks at over time, when it was pending and firing, its evaluations, and what it would have done. */
export function RulePage({ ruleId }: { ruleId: string }) {
  const { view } = useView();
  const rule = useAlertRule(ruleId);
  return (
    <>
      <TopBar
        title={rule.data?.name ?? "Alert rule"}
        heading={
          <>
            <Link href={addressOf("/alerts", sharedView(view))}>Alerts</Link>
            <span className={styles.note}> / </span>
            {rule.data?.name ?? "…"}
          </>
        }
        aside={<LiveSwitch />}
      >
        <RangePicker />
      </TopBar>
      <main id="content" className={styles.page}>
        {rule.data === undefined ? (
          rule.error === null ? (
            <Skeleton height={280} />
          ) : (
            <ErrorState
              title="The rule could not be read"
              error={rule.error}
              onRetry={() => void rule.refetch()}
            >
              <p>Rules that were renamed or removed have no page any more.</p>
            </ErrorState>
          )
        ) : (
          <>
            <StaleNotice error={rule.error} onRetry={() => void rule.refetch()} />
            <RuleFacts rule={rule.data} />
            <RuleChart rule={rule.data} view={view} />
            {rule.data.kind === "alerting" ? <RuleDetails rule={rule.data} /> : null}
          </>
        )}
      </main>
    </>
  );
}

function RuleFacts({ rule }: { rule: AlertRule }) {
  const nowMs = useNow();
  return (
    <Panel
      title={rule.name}
      aside={
        rule.fileId === null ? null : (
          <ButtonLink href={`/alerts/files?file=${encodeURIComponent(rule.fileId)}`}>Edit</ButtonLink>
        )
      }
    >
      <dl className={styles.facts}>
        <dt>State</dt>
        <dd>
          <RuleState rule={rule} /> <Severity labels={rule.labels} state={rule.state} />
        </dd>
        {rule.lastError === null ? null : (
          <>
            <dt>Error</dt>
            <dd className={styles.bad}>{rule.lastError}</dd>
          </>
        )}
        <dt>Expression</dt>
        <dd>
          <code className={styles.query}>{rule.query}</code>
        </dd>
        <dt>Evaluated</dt>
        <dd>
          every {formatSpan(rule.intervalMs)}
          {rule.forMs > 0 ? `, fires when true for ${formatSpan(rule.forMs)}` : ""}
          {rule.keepFiringForMs > 0 ? `, goes on for ${formatSpan(rule.keepFiringForMs)}` : ""}
          {rule.lastEvaluation === null
            ? ", not yet"
            : `, last at ${formatMoment(Date.parse(rule.lastEvaluation), nowMs)} in ${formatDuration(rule.evaluationMs)}`}
          {rule.missedEvaluations > 0 ? `, ${rule.missedEvaluations} left out` : ""}
        </dd>
        {rule.annotations["description"] === undefined ? null : (
          <>
            <dt>Meaning</dt>
            <dd>{rule.annotations["description"]}</dd>
          </>
        )}
        <dt>File</dt>
        <dd className={styles.note}>
          {rule.file}, group {rule.group}
        </dd>
      </dl>
    </Panel>
  );
}

function RuleDetails({ rule }: { rule: AlertRule }) {
  const { view } = useView();
  const history = useRuleHistory(rule.id, view);
  return (
    <>
      <RuleAlerts rule={rule} />
      {history.data === undefined ? (
        <Panel title="History">
          <div className={styles.loading}>
            {history.error === null ? <Skeleton height={60} /> : <p role="alert">{history.error.message}</p>}
          </div>
        </Panel>
      ) : (
        <>
          <StateTimeline history={history.data} rule={rule} />
          <div className={styles.columns}>
            <BacktestPanel rule={rule} />
            <Evaluations evaluations={history.data.evaluations.toReversed()} />
          </div>
        </>
      )}
    </>
  );
}

function RuleAlerts({ rule }: { rule: AlertRule }) {
  const nowMs = useNow(1000);
  const { view } = useView();
  if (rule.alerts.length === 0) return <SilenceForm rule={rule} labels={null} />;
  return (
    <Panel title="Active alerts">
      <ul className={styles.alerts}>
        {rule.alerts.map((alert) => {
          const fromMs = Date.parse(alert.activeAt) - 300_000;
          const traces = tracesAddress(view, filtersOfLabels(alert.labels), { fromMs, toMs: nowMs });
          return (
            <li key={alert.fingerprint} className={styles.alert}>
              <StatusDot tone={alert.state === "firing" ? "bad" : "warn"} />
              <div className={styles.alertText}>
                <p>{alert.annotations["summary"] ?? describeLabels(alert.labels, rule.labels)}</p>
                <p className={styles.note}>{describeLabels(alert.labels, rule.labels)}</p>
                <p className={styles.actions}>
                  <Link href={traces} className={styles.link}>
                    Traces behind it
                  </Link>
                  <SilenceForm rule={rule} labels={alert.labels} />
                </p>
              </div>
              <AlertFigures alert={alert} rule={rule} nowMs={nowMs} />
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

/** The last looks at the rule, with the samples seen. */
function Evaluations({ evaluations }: { evaluations: RuleEvaluation[] }) {
  return (
    <Panel title="Last evaluations">
      {evaluations.length === 0 ? (
        <p className={styles.empty}>Not evaluated within this range since the server started.</p>
      ) : (
        <div className={styles.scroll}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">State</th>
                <th scope="col">Samples</th>
              </tr>
            </thead>
            <tbody>
              {evaluations.slice(0, 12).map((evaluation) => (
                <tr key={evaluation.time}>
                  <th scope="row">{formatClockSeconds(Date.parse(evaluation.time))}</th>
                  <td>{evaluation.error ?? evaluation.state}</td>
                  <td className={styles.wrap}>
                    {evaluation.sampleCount === 0
                      ? "none"
                      : evaluation.samples
                          .slice(0, 2)
                          .map(({ labels, value }) => `${describeLabels(labels)} ${formatSample(value)}`)
                          .join("; ")}
                    {evaluation.sampleCount > 2 ? ` and ${evaluation.sampleCount - 2} more` : ""}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
