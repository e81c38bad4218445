import type { Trace } from "@spanlight/contract";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { Badge } from "../../components/core/badge.tsx";
import { Cost } from "../../components/trace/cost.tsx";
import { SplitBar } from "../../components/trace/split-bar.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import { splitTime, type PathSegment } from "../../lib/critical-path.ts";
import { formatCount, formatDuration, formatPercent, formatTokens } from "../../lib/format.ts";
import { formatClockSeconds, formatDay, toEpochMs } from "../../lib/instant.ts";
import { TIME_SHARES } from "../../lib/span-kind.ts";
import type { SpanTree } from "../../lib/span-tree.ts";
import { rangeAround, tracesAddress } from "../../lib/traces-link.ts";
import { useNow } from "../../lib/use-now.ts";
import { useView } from "../../lib/use-view.ts";
import styles from "./trace-facts.module.css";

interface TraceFactsProps {
  trace: Trace;
  tree: SpanTree;
  path: readonly PathSegment[];
}

/** Milliseconds from the start to the first token of the first streamed call; null without one. */
function findFirstTokenMs(tree: SpanTree): number | null {
  let firstMs: number | null = null;
  let callMs = Infinity;
  for (const { span, startMs } of tree.byId.values()) {
    if (span.ttftMs === null || startMs >= callMs) continue;
    callMs = startMs;
    firstMs = startMs + span.ttftMs;
  }
  return firstMs;
}

/** A smaller share of the time is in the bar and not in the words beside it. */
const LEAST_SHARE = 0.005;

/** What there is to know about a trace, on one line, and whose time it was. */
export function TraceFacts({ trace, tree, path }: TraceFactsProps) {
  const { view } = useView();
  const nowMs = useNow();
  const startMs = toEpochMs(trace.startTime);
  const period = { fromMs: Math.floor(startMs), toMs: Math.ceil(startMs + tree.durationMs) };
  const around = { ...view, range: rangeAround(view.range, period, nowMs) };
  const prompt =
    trace.promptName === null ? null : [trace.promptName, trace.promptVersion].filter(Boolean).join(" ");
  const firstTokenMs = findFirstTokenMs(tree);
  return (
    <div className={styles.line}>
      <dl className={styles.facts}>
        <Fact name="Duration">{formatDuration(tree.durationMs)}</Fact>
        {firstTokenMs === null ? null : <Fact name="First token">{formatDuration(firstTokenMs)}</Fact>}
        <Fact name="Cost">
          <Cost costUsd={trace.costUsd} unpricedSpans={trace.unpricedSpans} />
        </Fact>
        <Fact name="Tokens">{formatTokens(trace.inputTokens, trace.outputTokens)}</Fact>
        <Fact name="Spans">{formatCount(trace.spans.length)}</Fact>
        <Fact name="Started" minor>
          <time dateTime={trace.startTime} title={trace.startTime}>
            {formatDay(startMs) === formatDay(nowMs) ? "" : `${formatDay(startMs)} `}
            {formatClockSeconds(startMs)}
          </time>
        </Fact>
        {trace.sessionId === null ? null : (
          <Fact name="Session" minor>
            <Link href={tracesAddress(around, { session: trace.sessionId })}>{trace.sessionId}</Link>
          </Fact>
        )}
        {trace.userId === null ? null : (
          <Fact name="User" minor>
            <Link href={tracesAddress(around, { user: trace.userId })}>{trace.userId}</Link>
          </Fact>
        )}
        {prompt === null || trace.promptName === null ? null : (
          <Fact name="Prompt" minor>
            <Link href={tracesAddress(around, { prompt: trace.promptName })}>{prompt}</Link>
          </Fact>
        )}
        {trace.status === "ok" && trace.complete ? null : (
          <Fact name="State" minor>
            {trace.status === "error" ? <Badge tone="bad">error</Badge> : null}{" "}
            {trace.complete ? null : <Badge title="its first span has not ended yet">running</Badge>}
          </Fact>
        )}
      </dl>
      <TimeSplit path={path} />
    </div>
  );
}

function Fact({ name, minor = false, children }: { name: string; minor?: boolean; children: ReactNode }) {
  return (
    <div className={joinClasses(styles.fact, minor && styles.minor)}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function TimeSplit({ path }: { path: readonly PathSegment[] }) {
  const split = splitTime(path);
  const total = TIME_SHARES.reduce((sum, { share }) => sum + split[share], 0);
  if (total <= 0) return null;
  const largest = TIME_SHARES.toSorted((a, b) => split[b.share] - split[a.share])[0];
  return (
    <div className={styles.split}>
      <SplitBar split={split} />
      <ul className={styles.legend}>
        {TIME_SHARES.filter(({ share }) => split[share] / total >= LEAST_SHARE).map(
          ({ share, name, colour }) => (
            <li key={share} className={joinClasses(share === largest?.share && styles.largest)}>
              <span className={styles.square} style={{ background: colour }} aria-hidden="true" />
              {name} {formatPercent(split[share] / total)}
            </li>
          ),
        )}
      </ul>
    </div>
  );
}
