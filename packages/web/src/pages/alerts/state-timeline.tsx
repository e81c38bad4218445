import type { AlertRule, RuleHistory, StateInterval } from "@spanlight/contract";
import { Panel } from "../../components/core/panel.tsx";
import { formatDuration, plural } from "../../lib/format.ts";
import { formatMoment } from "../../lib/instant.ts";
import { describeLabels } from "./alert-words.ts";
import styles from "./alerts.module.css";

/** Alerts shown at most, the ones that fired longest first. */
const mostRows = 12;

/** When each alert was pending and firing, on the time axis of the chart above. */
export function StateTimeline({ history, rule }: { history: RuleHistory; rule: AlertRule }) {
  const fromMs = Date.parse(history.from);
  const toMs = Date.parse(history.to);
  const rows = groupByAlert(history.intervals).toSorted((a, b) => firedMs(b, toMs) - firedMs(a, toMs));
  const fired = history.intervals.filter((interval) => interval.state === "firing").length;
  return (
    <Panel
      title="History"
      aside={
        <span className={styles.note}>
          {fired === 0 ? "did not fire in this range" : `fired ${plural(fired, "time")}`}
        </span>
      }
    >
      {rows.length === 0 ? (
        <p className={styles.empty}>Neither pending nor firing in this range.</p>
      ) : (
        <ul className={styles.timeline}>
          {rows.slice(0, mostRows).map((intervals) => (
            <TimelineRow
              key={intervals[0]?.fingerprint}
              intervals={intervals}
              rule={rule}
              range={{ fromMs, toMs }}
            />
          ))}
          {rows.length > mostRows ? (
            <li className={styles.note}>and {plural(rows.length - mostRows, "more alert")}</li>
          ) : null}
        </ul>
      )}
    </Panel>
  );
}

function groupByAlert(intervals: readonly StateInterval[]): StateInterval[][] {
  const groups = new Map<string, StateInterval[]>();
  for (const interval of intervals)
    groups.set(interval.fingerprint, [...(groups.get(interval.fingerprint) ?? []), interval]);
  return [...groups.values()];
}

function firedMs(intervals: readonly StateInterval[], endMs: number): number {
  return intervals
    .filter(({ state }) => state === "firing")
    .reduce((sum, { from, to }) => sum + (to === null ? endMs : Date.parse(to)) - Date.parse(from), 0);
}

interface TimelineRowProps {
  intervals: readonly StateInterval[];
  rule: AlertRule;
  range: { fromMs: number; toMs: number };
}

function TimelineRow({ intervals, rule, range: { fromMs, toMs } }: TimelineRowProps) {
  const place = (atMs: number): number =>
    (Math.min(1, Math.max(0, (atMs - fromMs) / (toMs - fromMs))) || 0) * 100;
  return (
    <li className={styles.timelineRow}>
      <span className={styles.timelineLabel} title={describeLabels(intervals[0]?.labels ?? {}, rule.labels)}>
        {describeLabels(intervals[0]?.labels ?? {}, rule.labels)}
      </span>
      <span className={styles.track}>
        {intervals.map((interval) => {
          const startMs = Date.parse(interval.from);
          const endMs = interval.to === null ? toMs : Date.parse(interval.to);
          const words = `${interval.state} from ${formatMoment(startMs, toMs)} for ${formatDuration(endMs - startMs)}${
            interval.to === null ? " and still" : ""
          }`;
          return (
            <span
              key={`${interval.state} ${interval.from}`}
              className={interval.state === "firing" ? styles.firing : styles.pending}
              style={{
                left: `${place(startMs)}%`,
                width: `${Math.max(0.4, place(endMs) - place(startMs))}%`,
              }}
              title={words}
              role="img"
              aria-label={words}
            />
          );
        })}
      </span>
    </li>
  );
}
