import { Link } from "wouter";
import { Panel } from "../../components/core/panel.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import { formatChange, formatCount, formatMoney, formatPercent, NOT_KNOWN } from "../../lib/format.ts";
import { OTHERS } from "../../lib/overview-series.ts";
import { AGAINST_NAMES } from "../../lib/time-range.ts";
import { tracesAddress } from "../../lib/traces-link.ts";
import type { View } from "../../lib/view.ts";
import { SPENDER_DIMENSIONS, type SpenderDimension } from "./dimension.ts";
import styles from "./top-spenders.module.css";
import type { HomeFigures } from "./use-home.ts";

interface TopSpendersProps {
  figures: HomeFigures | null;
  view: View;
  stale: boolean;
  dimension: SpenderDimension;
  onPickDimension: (dimension: SpenderDimension) => void;
}

const MOST_ROWS = 6;

interface SpenderRow {
  name: string;
  requests: number;
  errors: number;
  costUsd: number | null;
  perRequestUsd: number | null;
  change: string | null;
}

function listRows({ byChosen, byChosenBefore }: HomeFigures): SpenderRow[] {
  return byChosen
    .filter(({ totals }) => totals.requests > 0)
    .sort(
      (a, b) => (b.totals.costUsd ?? 0) - (a.totals.costUsd ?? 0) || b.totals.requests - a.totals.requests,
    )
    .map(({ group, totals }) => {
      const { requests, errors, costUsd, unpricedRequests } = totals;
      const priced = requests - unpricedRequests;
      const before = byChosenBefore.find((other) => other.group === group)?.totals.costUsd ?? null;
      return {
        name: group,
        requests,
        errors,
        costUsd,
        perRequestUsd: costUsd === null || priced <= 0 ? null : costUsd / priced,
        change: formatChange(costUsd, before),
      };
    });
}

/** Who spends the money, by a dimension of choice. */
export function TopSpenders({ figures, view, stale, dimension, onPickDimension }: TopSpendersProps) {
  const rows = figures === null ? null : listRows(figures);
  const hasChange = rows?.some(({ change }) => change !== null) ?? false;
  const highest = Math.max(0, ...(rows ?? []).map(({ costUsd }) => costUsd ?? 0));
  return (
    <Panel
      title="Top spenders"
      aside={<DimensionSwitch dimension={dimension} onPickDimension={onPickDimension} />}
      className={styles.panel}
    >
      {rows === null ? (
        <div className={styles.loading}>
          <Skeleton height={170} />
        </div>
      ) : (
        <table className={joinClasses(styles.table, stale && styles.stale)}>
          <thead>
            <tr>
              <th scope="col">{SPENDER_DIMENSIONS[dimension]}</th>
              <th scope="col" className={styles.number}>
                Requests
              </th>
              <th scope="col" className={styles.number}>
                Cost
              </th>
              <th scope="col" className={styles.barCell} aria-label="Share" />
              <th scope="col" className={joinClasses(styles.number, styles.perCall)}>
                a call
              </th>
              {hasChange ? (
                <th scope="col" className={joinClasses(styles.number, styles.change)}>
                  <span title={`against ${AGAINST_NAMES[view.against]}`}>
                    vs {AGAINST_NAMES[view.against]}
                  </span>
                </th>
              ) : null}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map((row) => (
              <tr key={row.name}>
                <td className={styles.name}>
                  {row.name === "" || row.name === OTHERS ? (
                    <span className={styles.unnamed}>{row.name === "" ? `no ${dimension}` : "others"}</span>
                  ) : (
                    <Link href={tracesAddress(view, { [dimension]: row.name })}>{row.name}</Link>
                  )}
                </td>
                <td className={styles.number}>{formatCount(row.requests)}</td>
                <td className={styles.number}>
                  <Money costUsd={row.costUsd} />
                </td>
                <td className={styles.barCell}>
                  {(row.costUsd ?? 0) > 0 ? (
                    <span
                      className={styles.bar}
                      style={{ width: `${((row.costUsd ?? 0) / highest) * 100}%` }}
                    />
                  ) : null}
                </td>
                <td className={joinClasses(styles.number, styles.perCall)}>
                  <Money costUsd={row.perRequestUsd} />
                </td>
                {hasChange ? (
                  <td className={joinClasses(styles.number, styles.change)}>{row.change ?? NOT_KNOWN}</td>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {rows !== null && rows.length > MOST_ROWS ? <Rest rows={rows} /> : null}
    </Panel>
  );
}

function Rest({ rows }: { rows: SpenderRow[] }) {
  const total = rows.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0);
  const rest = rows.slice(MOST_ROWS).reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0);
  return (
    <p className={styles.rest}>
      {rows.length - MOST_ROWS} more: {formatMoney(rest)} ({formatPercent(total === 0 ? 0 : rest / total)})
    </p>
  );
}

function Money({ costUsd }: { costUsd: number | null }) {
  return costUsd === null ? <span title="unpriced">{NOT_KNOWN}</span> : formatMoney(costUsd);
}

interface DimensionSwitchProps {
  dimension: SpenderDimension;
  onPickDimension: (dimension: SpenderDimension) => void;
}

function DimensionSwitch({ dimension, onPickDimension }: DimensionSwitchProps) {
  return (
    <div className={styles.switch} role="group" aria-label="Spenders by">
      {(Object.entries(SPENDER_DIMENSIONS) as [SpenderDimension, string][]).map(([value, name]) => (
        <button
          key={value}
          type="button"
          className={joinClasses(styles.choice, value === dimension && styles.chosen)}
          aria-pressed={value === dimension}
          onClick={() => onPickDimension(value)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
