import ChevronRight from "lucide-react/icons/chevron-right";
import { memo } from "react";
import { Badge } from "../../components/core/badge.tsx";
import { Cost } from "../../components/trace/cost.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import { formatCompact, formatDuration, formatName, plural } from "../../lib/format.ts";
import { colourOf, WORK_KIND_NAMES, workKindOf } from "../../lib/span-kind.ts";
import type { SpanNode } from "../../lib/span-tree.ts";
import styles from "./waterfall.module.css";

/** Id of the element of a span's row. */
export function rowId(spanId: string): string {
  return `span-${spanId}`;
}

interface WaterfallRowProps {
  node: SpanNode;
  top: number;
  durationMs: number;
  isChosen: boolean;
  isClosed: boolean;
  onChoose: (node: SpanNode) => void;
  onOpen: (node: SpanNode, open: boolean) => void;
}

const INDENT_PX = 14;
/** Deeper than this the indentation stands still: the name must stay readable. */
const DEEPEST = 12;

/** One span: its place in the tree, its cost, and its bar with a tick at the first token. */
export const WaterfallRow = memo(
  function WaterfallRow({ node, top, durationMs, isChosen, isClosed, onChoose, onOpen }: WaterfallRowProps) {
    const { span, depth, children } = node;
    const kind = workKindOf(span);
    const hasChildren = children.length > 0;
    return (
      <div
        id={rowId(span.spanId)}
        className={joinClasses(styles.row, isChosen && styles.chosen)}
        style={{ transform: `translateY(${top}px)` }}
        role="treeitem"
        aria-level={depth + 1}
        aria-selected={isChosen}
        {...(hasChildren ? { "aria-expanded": !isClosed } : {})}
        aria-label={describe(node)}
        onClick={() => onChoose(node)}
      >
        <span className={styles.name} style={{ paddingLeft: Math.min(depth, DEEPEST) * INDENT_PX }}>
          {hasChildren ? (
            <button
              type="button"
              tabIndex={-1}
              className={joinClasses(styles.twist, !isClosed && styles.twisted)}
              aria-label={isClosed ? "Open" : "Close"}
              onClick={(event) => {
                event.stopPropagation();
                onOpen(node, isClosed);
              }}
            >
              <ChevronRight size={13} strokeWidth={1.75} aria-hidden="true" />
            </button>
          ) : (
            <span className={styles.noTwist} />
          )}
          <span
            className={styles.kind}
            style={{ background: colourOf(kind) }}
            title={WORK_KIND_NAMES[kind]}
          />
          <span className={styles.text} title={span.name}>
            {formatName(span.name)}
          </span>
          <RowBadges node={node} isClosed={isClosed} />
        </span>
        <span className={styles.cost}>
          <RowCost node={node} isClosed={isClosed} />
        </span>
        <Bar node={node} durationMs={durationMs} />
      </div>
    );
  },
  (before, after) =>
    before.node === after.node &&
    before.top === after.top &&
    before.durationMs === after.durationMs &&
    before.isChosen === after.isChosen &&
    before.isClosed === after.isClosed,
);

/** What a row says, in words. */
function describe({ span, startMs, endMs }: SpanNode): string {
  const failed = span.status === "error" ? `, error ${span.errorType ?? ""}` : "";
  return `${formatName(span.name)}, ${WORK_KIND_NAMES[workKindOf(span)]}, ${formatDuration(endMs - startMs)}${failed}`;
}

/** What a call cost; at the top and where spans are closed, what everything below cost. */
function RowCost({ node, isClosed }: { node: SpanNode; isClosed: boolean }) {
  const { span } = node;
  if (isClosed || node.parent === null) {
    return node.costUsd === null ? null : <Cost costUsd={node.costUsd} />;
  }
  const isUnpriced = span.unpriced && span.costUsd === null;
  if (!isUnpriced && (!span.billed || span.costUsd === null)) return null;
  return <Cost costUsd={span.costUsd} unpricedSpans={isUnpriced ? 1 : 0} />;
}

function RowBadges({ node, isClosed }: { node: SpanNode; isClosed: boolean }) {
  const { span } = node;
  const finish = span.finishReasons.filter((reason) => reason !== "").join(", ");
  return (
    <>
      {span.status === "error" ? (
        <Badge tone="bad" title={span.statusMessage ?? undefined}>
          {span.errorType ?? "error"}
        </Badge>
      ) : finish === "" ? null : (
        <Badge>{finish}</Badge>
      )}
      {span.documents.length > 0 ? <Badge>{plural(span.documents.length, "document")}</Badge> : null}
      {isClosed ? <Badge>+{formatCompact(node.descendants)}</Badge> : null}
      {node.orphan ? <Badge title="the span above it has not arrived">no parent</Badge> : null}
    </>
  );
}

function Bar({ node, durationMs }: { node: SpanNode; durationMs: number }) {
  const { span, startMs, endMs } = node;
  const total = durationMs > 0 ? durationMs : 1;
  const left = startMs / total;
  const width = (endMs - startMs) / total;
  const label = formatDuration(endMs - startMs);
  const tick = span.ttftMs === null || endMs <= startMs ? null : Math.min(1, span.ttftMs / (endMs - startMs));
  const isWholeWidth = width > 0.8;
  // The label stands where there is more room beside the bar.
  const isRight = 1 - left - width >= left;
  return (
    <span className={styles.lane}>
      <span
        className={joinClasses(styles.bar, span.status === "error" && styles.failed)}
        style={{
          left: `${left * 100}%`,
          width: `max(2px, ${width * 100}%)`,
          color: colourOf(workKindOf(span)),
        }}
      >
        {tick === null ? null : (
          <span
            className={styles.tick}
            style={{ left: `${tick * 100}%` }}
            title={`first token after ${formatDuration(span.ttftMs)}`}
          />
        )}
      </span>
      {isWholeWidth ? null : (
        <span
          className={styles.label}
          style={
            isRight
              ? { left: `calc(${(left + width) * 100}% + 6px)` }
              : { right: `calc(${(1 - left) * 100}% + 4px)` }
          }
        >
          {label}
        </span>
      )}
    </span>
  );
}
