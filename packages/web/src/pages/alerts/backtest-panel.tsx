import type { AlertRule, Backtest, BacktestedRule } from "@spanlight/contract";
import { useState } from "react";
import { Link } from "wouter";
import { useBacktest } from "../../api/use-alerts.ts";
import { Button } from "../../components/core/button.tsx";
import { Panel } from "../../components/core/panel.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { formatDuration, plural } from "../../lib/format.ts";
import { formatMoment } from "../../lib/instant.ts";
import { tracesAddress } from "../../lib/traces-link.ts";
import { useView } from "../../lib/use-view.ts";
import { describeLabels, filtersOfLabels, formatSample } from "./alert-words.ts";
import styles from "./alerts.module.css";

const spans = [
  ["24 h", 86_400_000],
  ["7 d", 604_800_000],
  ["30 d", 2_592_000_000],
] as const;

/** What the rule would have done over stored data. */
export function BacktestPanel({ rule }: { rule: AlertRule }) {
  const backtest = useBacktest();
  const run = (lengthMs: number): void => {
    const nowMs = Date.now();
    backtest.mutate({
      expr: rule.query,
      ...(rule.forMs > 0 ? { for: `${rule.forMs}ms` } : {}),
      ...(rule.keepFiringForMs > 0 ? { keepFiringFor: `${rule.keepFiringForMs}ms` } : {}),
      interval: `${rule.intervalMs}ms`,
      from: new Date(nowMs - lengthMs).toISOString(),
      to: new Date(nowMs).toISOString(),
    });
  };
  return <BacktestRun title="Back-test" backtest={backtest} onRun={run} labels={rule.labels} />;
}

interface BacktestRunProps {
  title: string;
  backtest: ReturnType<typeof useBacktest>;
  onRun: (lengthMs: number) => void;
  /** Labels of the one rule that is tried; null where several are. */
  labels: Readonly<Record<string, string>> | null;
}

/** Asks for a range and shows when what would have fired. */
export function BacktestRun({ title, backtest, onRun, labels }: BacktestRunProps) {
  const [asked, setAsked] = useState<number | null>(null);
  return (
    <Panel
      title={title}
      aside={
        <span className={styles.filter} role="group" aria-label="Would it have fired in the last">
          {spans.map(([name, lengthMs]) => (
            <button
              key={name}
              type="button"
              aria-pressed={asked === lengthMs}
              disabled={backtest.isPending}
              onClick={() => {
                setAsked(lengthMs);
                onRun(lengthMs);
              }}
            >
              {name}
            </button>
          ))}
        </span>
      }
    >
      <BacktestOutcome backtest={backtest} labels={labels} onAgain={() => asked !== null && onRun(asked)} />
    </Panel>
  );
}

interface BacktestOutcomeProps {
  backtest: ReturnType<typeof useBacktest>;
  labels: Readonly<Record<string, string>> | null;
  onAgain: () => void;
}

function BacktestOutcome({ backtest, labels, onAgain }: BacktestOutcomeProps) {
  if (backtest.isPending) {
    return (
      <div className={styles.loading} aria-busy="true">
        <Skeleton height={60} />
      </div>
    );
  }
  if (backtest.error !== null) {
    return (
      <p className={styles.bad} role="alert">
        {backtest.error.message} <Button onClick={onAgain}>Try again</Button>
      </p>
    );
  }
  if (backtest.data === undefined)
    return <p className={styles.empty}>Would it have fired? Choose how far to look back over stored data.</p>;
  return <BacktestResult result={backtest.data} labels={labels} />;
}

interface BacktestResultProps {
  result: Backtest;
  labels: Readonly<Record<string, string>> | null;
}

function BacktestResult({ result, labels }: BacktestResultProps) {
  return (
    <div className={styles.list}>
      {result.rules.map((rule) => (
        <BacktestedRuleResult
          key={`${rule.group} ${rule.rule}`}
          isNamed={labels === null}
          rule={rule}
          result={result}
          labels={labels ?? {}}
        />
      ))}
    </div>
  );
}

interface BacktestedRuleResultProps {
  /** Of one expression there is nothing to name. */
  isNamed: boolean;
  rule: BacktestedRule;
  result: Backtest;
  labels: Readonly<Record<string, string>>;
}

function BacktestedRuleResult({ isNamed, rule, result, labels }: BacktestedRuleResultProps) {
  const { view } = useView();
  const toMs = Date.parse(result.to);
  return (
    <div className={styles.outcome}>
      <p>
        {isNamed ? <strong>{rule.rule}: </strong> : null}
        {rule.error ??
          (rule.firedCount === 0
            ? "would not have fired"
            : `would have fired ${plural(rule.firedCount, "time")}, ${formatDuration(rule.firedMs)} in all`)}
        {rule.pendingOnly === 0 ? "" : `; ${plural(rule.pendingOnly, "time")} pending only`}.
      </p>
      {rule.firings.length === 0 ? null : (
        <div className={styles.scroll}>
          <table className={styles.table}>
            <tbody>
              {rule.firings.slice(0, 50).map((firing) => (
                <tr key={`${firing.activeAt} ${describeLabels(firing.labels)}`}>
                  <th scope="row">{formatMoment(Date.parse(firing.firedAt), toMs)}</th>
                  <td>
                    {formatDuration(firing.durationMs)}
                    {firing.resolvedAt === null ? " and still" : ""}
                  </td>
                  <td>{formatSample(firing.firstValue)}</td>
                  <td className={styles.wrap}>
                    <Link
                      className={styles.link}
                      href={tracesAddress(view, filtersOfLabels(firing.labels), {
                        fromMs: Date.parse(firing.activeAt),
                        toMs: firing.resolvedAt === null ? toMs : Date.parse(firing.resolvedAt),
                      })}
                    >
                      {describeLabels(firing.labels, labels)}
                    </Link>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
