import type { AlertRule, AlertRuleList } from "@spanlight/contract";
import { Link, Redirect } from "wouter";
import { useAlertRules } from "../../api/use-alerts.ts";
import { Badge, StatusDot } from "../../components/core/badge.tsx";
import { ButtonLink } from "../../components/core/button.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { EmptyState, ErrorState, Skeleton, StaleNotice } from "../../components/core/states.tsx";
import { TopBar } from "../../components/frame/top-bar.tsx";
import { plural } from "../../lib/format.ts";
import { formatMoment } from "../../lib/instant.ts";
import { useNow } from "../../lib/use-now.ts";
import { useParameter, useView } from "../../lib/use-view.ts";
import { addressOf, sharedView, type View } from "../../lib/view.ts";
import { describeLabels, sortRules, summarise } from "./alert-words.ts";
import styles from "./alerts.module.css";
import { AlertFigures } from "./alert-figures.tsx";
import { LoadProblems } from "./load-problems.tsx";
import { ReceiversPanel } from "./receivers-panel.tsx";
import { RuleState, Severity } from "./rule-state.tsx";
import { SilencesPanel } from "./silences-panel.tsx";

/** What fires, what is about to, every rule, who is told and what is kept quiet. */
export function AlertsPage() {
  const rules = useAlertRules();
  return (
    <>
      <TopBar title="Alerts" aside={<ButtonLink href="/alerts/files">Edit rules</ButtonLink>} />
      <main id="content" className={styles.page}>
        {rules.data === undefined && rules.error !== null ? (
          <ErrorState
            title="The rules could not be read"
            error={rules.error}
            onRetry={() => void rules.refetch()}
          />
        ) : (
          <>
            <StaleNotice error={rules.error} onRetry={() => void rules.refetch()} />
            <Rules list={rules.data ?? null} />
            <div className={styles.columns}>
              <SilencesPanel />
              <ReceiversPanel />
            </div>
          </>
        )}
      </main>
    </>
  );
}

function Rules({ list }: { list: AlertRuleList | null }) {
  const { view } = useView();
  const [alertName] = useParameter("alert");
  if (list === null) {
    return (
      <Panel title="Rules">
        <div className={styles.loading}>
          <Skeleton height={160} />
        </div>
      </Panel>
    );
  }
  const named = list.items.find((rule) => rule.name === alertName);
  // Messages lead here by the alert's name and the time around it.
  if (named !== undefined) return <Redirect to={ruleAddress(named, view)} replace />;
  const alerting = list.items.filter((rule) => rule.kind === "alerting");
  if (list.items.length === 0) {
    return (
      <>
        <LoadProblems load={list.load} />
        <EmptyState title="No rules are in operation">
          <p>
            Set <code>SPANLIGHT_SHIPPED_RULES=on</code> for the rules that come with Spanlight, name
            Prometheus rule files in <code>SPANLIGHT_RULES</code>, or write one here.
          </p>
          <p>
            <ButtonLink href="/alerts/files" look="strong">
              Write a rule
            </ButtonLink>
          </p>
        </EmptyState>
      </>
    );
  }
  const summary = summarise(alerting);
  return (
    <>
      <LoadProblems load={list.load} />
      {alertName === null ? null : (
        <p className={styles.note} role="status">
          No rule is named {alertName} any more: it was renamed or removed.
        </p>
      )}
      <p className={styles.summary}>
        <StatusDot tone={summary.tone} /> {summary.text}
        <span className={styles.aside}>
          {" "}
          of {plural(alerting.length, "alerting rule")}
          {list.items.length > alerting.length
            ? ` and ${plural(list.items.length - alerting.length, "recording rule")}`
            : ""}
        </span>
      </p>
      <ActiveAlerts rules={alerting} view={view} />
      <RuleTable rules={sortRules(list.items)} view={view} />
    </>
  );
}

function ruleAddress(rule: AlertRule, view: View): string {
  return addressOf(`/alerts/rules/${encodeURIComponent(rule.id)}`, sharedView(view));
}

function ActiveAlerts({ rules, view }: { rules: readonly AlertRule[]; view: View }) {
  const nowMs = useNow(1000);
  const active = rules
    .flatMap((rule) => rule.alerts.map((alert) => ({ rule, alert })))
    .toSorted((a, b) =>
      a.alert.state === b.alert.state
        ? b.alert.activeAt.localeCompare(a.alert.activeAt)
        : a.alert.state === "firing"
          ? -1
          : 1,
    );
  if (active.length === 0) return null;
  return (
    <Panel title="Active alerts">
      <ul className={styles.alerts}>
        {active.map(({ rule, alert }) => (
          <li key={alert.fingerprint} className={styles.alert}>
            <StatusDot tone={alert.state === "firing" ? "bad" : "warn"} />
            <div className={styles.alertText}>
              <p className={styles.alertHead}>
                <Link href={ruleAddress(rule, view)}>{rule.name}</Link>{" "}
                <Severity labels={alert.labels} state={alert.state} />
                {alert.silencedBy.length === 0 ? null : <Badge>silenced</Badge>}
              </p>
              {alert.annotations["summary"] === undefined ? null : <p>{alert.annotations["summary"]}</p>}
              <p className={styles.note}>{describeLabels(alert.labels, rule.labels)}</p>
            </div>
            <AlertFigures alert={alert} rule={rule} nowMs={nowMs} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

const shows = ["all", "firing", "pending", "inactive", "broken"] as const;

function isShown(rule: AlertRule, show: string): boolean {
  if (show === "broken") return rule.health === "err";
  return show === "all" || rule.state === show;
}

function RuleTable({ rules, view }: { rules: readonly AlertRule[]; view: View }) {
  const [state, setState] = useParameter("state");
  const nowMs = useNow();
  const show = shows.find((one) => one === state) ?? "all";
  const shown = rules.filter((rule) => isShown(rule, show));
  return (
    <Panel
      title="Rules"
      aside={
        <div className={styles.filter} role="group" aria-label="State">
          {shows.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === show}
              onClick={() => setState(one === "all" ? undefined : one, { replace: true })}
            >
              {one} {rules.filter((rule) => isShown(rule, one)).length}
            </button>
          ))}
        </div>
      }
    >
      {shown.length === 0 ? (
        <p className={styles.empty}>No rule is {show}.</p>
      ) : (
        <div className={styles.scroll}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">Rule</th>
                <th scope="col">State</th>
                <th scope="col" className={`${styles.wide} ${styles.rest}`}>
                  Looks at
                </th>
                <th scope="col" className={styles.wide}>
                  Last evaluation
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((rule) => (
                <tr key={rule.id}>
                  <th scope="row" className={styles.name}>
                    <Link href={ruleAddress(rule, view)}>{rule.name}</Link>
                    <span className={styles.note}> {rule.group}</span>
                  </th>
                  <td>
                    <RuleState rule={rule} />
                  </td>
                  <td className={`${styles.wide} ${styles.rest}`}>
                    <code className={styles.expression} title={rule.query}>
                      {rule.query}
                    </code>
                  </td>
                  <td className={styles.wide}>
                    {rule.lastEvaluation === null
                      ? "not yet"
                      : formatMoment(Date.parse(rule.lastEvaluation), nowMs)}
                    {rule.hasData === false ? <span className={styles.note}> no data</span> : null}
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
