import type { TraceSummary } from "@spanlight/contract";
import { memo, useEffect, useEffectEvent, useRef, type ReactNode, type RefObject } from "react";
import { Link } from "wouter";
import { Badge, StatusDot } from "../../components/core/badge.tsx";
import { Button } from "../../components/core/button.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { Cost } from "../../components/trace/cost.tsx";
import { SplitBar } from "../../components/trace/split-bar.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import { formatCount, formatDuration, formatMoney, formatName, NOT_KNOWN, plural } from "../../lib/format.ts";
import { formatClockMs, formatDay, toEpochMs } from "../../lib/instant.ts";
import { findBarScaleMs } from "../../lib/trace-rows.ts";
import { addressOf, sharedView, type View } from "../../lib/view.ts";
import styles from "./trace-table.module.css";

interface TraceTableProps {
  rows: TraceSummary[];
  view: View;
  stale: boolean;
  /** New traces that wait until the reader is done. */
  waiting: number;
  onShowWaiting: () => void;
  hasMore: boolean;
  isLoadingMore: boolean;
  onLoadMore: () => void;
}

/** Moves the focus between rows by ↑ ↓ (or k j), from anywhere outside a field. */
function useRowKeys(listRef: RefObject<HTMLOListElement | null>) {
  const move = useEffectEvent((step: number) => {
    const links = [...(listRef.current?.querySelectorAll<HTMLAnchorElement>("a") ?? [])];
    const at = links.findIndex((link) => link === document.activeElement);
    const next = at === -1 ? links[0] : links[Math.min(links.length - 1, Math.max(0, at + step))];
    next?.focus();
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { target, key } = event;
      const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 };
      const step = steps[key];
      if (step === undefined || event.metaKey || event.ctrlKey || event.altKey) return;
      // Other controls keep their arrow keys.
      if (target !== document.body && !(target instanceof Node && listRef.current?.contains(target))) return;
      event.preventDefault();
      move(step);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [listRef]);
}

/** Traces as dense rows; each row is a link. */
export function TraceTable(props: TraceTableProps) {
  const { rows, view, stale, waiting, onShowWaiting, hasMore, isLoadingMore, onLoadMore } = props;
  const listRef = useRef<HTMLOListElement>(null);
  useRowKeys(listRef);
  const scaleMs = findBarScaleMs(rows);
  const search = addressOf("", { ...sharedView(view), filters: {} });
  return (
    <section
      className={joinClasses(styles.table, stale && styles.stale)}
      aria-label="Traces"
      aria-busy={stale}
    >
      <Head scaleMs={scaleMs}>
        {waiting === 0 ? null : (
          <button type="button" className={styles.waiting} onClick={onShowWaiting} aria-live="polite">
            {formatCount(waiting)} new
          </button>
        )}
      </Head>
      <ol ref={listRef}>
        {rows.map((row) => (
          <TraceRow key={row.traceId} row={row} scaleMs={scaleMs} search={search} />
        ))}
      </ol>
      {hasMore ? <LoadMore isLoading={isLoadingMore} onLoadMore={onLoadMore} /> : null}
    </section>
  );
}

/** Names of the columns; new traces that wait are told here, where they move no row. */
function Head({ scaleMs, children }: { scaleMs: number; children?: ReactNode }) {
  return (
    <div className={joinClasses(styles.row, styles.head)}>
      <span>Time</span>
      <span className={styles.headTrace}>
        <span className={styles.headName}>Trace</span>
        {children}
      </span>
      <span className={styles.number}>Duration</span>
      <span className={styles.barHead} title={`a full bar is ${formatDuration(scaleMs)}`}>
        first token
      </span>
      <span className={styles.whereHead}>Where</span>
      <span>Model</span>
      <span className={styles.number}>Tokens</span>
      <span className={styles.number}>Cost</span>
    </div>
  );
}

/** What a row says, in words. */
function describe(row: TraceSummary): string {
  const error = row.status === "error" ? `, error ${row.errorType ?? ""}` : "";
  const cost = row.costUsd === null ? "unpriced" : formatMoney(row.costUsd);
  const model = row.models.length === 0 ? "" : `, ${row.models.join(", ")}`;
  return `${formatName(row.name)}, ${formatDuration(row.durationMs)}${error}${model}, ${cost}`;
}

function Tokens({ row: { inputTokens, outputTokens } }: { row: TraceSummary }) {
  if (inputTokens === null && outputTokens === null) return NOT_KNOWN;
  return (
    <>
      {formatCount(inputTokens)} <span className={styles.arrow}>→</span> {formatCount(outputTokens)}
    </>
  );
}

const TraceRow = memo(function TraceRow({
  row,
  scaleMs,
  search,
}: {
  row: TraceSummary;
  scaleMs: number;
  search: string;
}) {
  const startMs = toEpochMs(row.startTime);
  const { model, retrieval, tool, other } = row.timeByType;
  return (
    <li className={styles.item}>
      <Link href={`/traces/${row.traceId}${search}`} className={styles.row} aria-label={describe(row)}>
        <time
          className={styles.time}
          dateTime={row.startTime}
          title={`${formatDay(startMs)} ${formatClockMs(startMs)}`}
        >
          {formatClockMs(startMs)}
        </time>
        <span className={styles.trace}>
          <RowDot row={row} />
          <span
            className={styles.name}
            title={`${row.name} · ${row.service} · ${plural(row.spanCount, "span")}`}
          >
            {formatName(row.name)}
          </span>
          {row.status === "error" || row.errorType !== null ? (
            <span className={styles.error}>
              <Badge
                tone={row.status === "error" ? "bad" : "warn"}
                title={`${row.errorType ?? "error"}${row.status === "error" ? "" : ": a span failed, the trace did not"}`}
              >
                {row.errorType ?? "error"}
              </Badge>
            </span>
          ) : null}
        </span>
        <span className={styles.duration}>{formatDuration(row.durationMs)}</span>
        <span className={styles.barCell}>
          <DurationBar durationMs={row.durationMs} ttftMs={row.ttftMs} scaleMs={scaleMs} />
        </span>
        <span className={styles.where}>
          {model + retrieval + tool + other > 0 ? (
            <SplitBar thin split={{ ours: other, retrieval, tools: tool, provider: model }} />
          ) : null}
        </span>
        <span className={styles.model} title={row.models.join(", ")}>
          {row.models[0] ?? ""}
          {row.models.length > 1 ? <span className={styles.more}> +{row.models.length - 1}</span> : null}
        </span>
        <span className={styles.tokens}>
          <Tokens row={row} />
        </span>
        <span className={styles.cost}>
          <Cost costUsd={row.costUsd} unpricedSpans={row.unpricedSpans} />
        </span>
      </Link>
    </li>
  );
});

function RowDot({ row }: { row: TraceSummary }) {
  if (row.status === "error") return <StatusDot tone="bad" label="error" />;
  return row.complete ? <StatusDot tone="ok" label="ok" /> : <StatusDot tone="busy" label="still running" />;
}

interface DurationBarProps {
  durationMs: number;
  ttftMs: number | null;
  scaleMs: number;
}

/** The duration against the slow ones of the list, with a tick at the first token. */
function DurationBar({ durationMs, ttftMs, scaleMs }: DurationBarProps) {
  const share = Math.min(1, durationMs / scaleMs);
  const isCut = durationMs > scaleMs * 1.001;
  const tick = ttftMs === null || durationMs <= 0 ? null : Math.min(1, ttftMs / durationMs);
  return (
    <span
      className={styles.bar}
      style={{ width: `${share * 100}%` }}
      data-cut={isCut || undefined}
      title={ttftMs === null ? formatDuration(durationMs) : `first token after ${formatDuration(ttftMs)}`}
    >
      {tick === null ? null : <span className={styles.tick} style={{ left: `${tick * 100}%` }} />}
    </span>
  );
}

function LoadMore({ isLoading, onLoadMore }: { isLoading: boolean; onLoadMore: () => void }) {
  const endRef = useRef<HTMLDivElement>(null);
  const load = useEffectEvent(() => {
    if (!isLoading) onLoadMore();
  });
  useEffect(() => {
    const end = endRef.current;
    if (end === null) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting === true) load();
      },
      { rootMargin: "600px" },
    );
    observer.observe(end);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={endRef} className={styles.end}>
      <Button look="quiet" disabled={isLoading} onClick={onLoadMore}>
        {isLoading ? "Loading …" : "Load more"}
      </Button>
    </div>
  );
}

/** Holds the place of the rows while the first page loads. */
export function TraceTableSkeleton() {
  return (
    <section className={styles.table} aria-busy="true" aria-label="Traces">
      <Head scaleMs={1000} />
      {Array.from({ length: 15 }, (_, i) => (
        <div key={i} className={styles.placeholder}>
          <Skeleton height={12} width={`${60 + ((i * 7) % 35)}%`} />
        </div>
      ))}
    </section>
  );
}
