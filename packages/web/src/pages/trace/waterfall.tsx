import { useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import { formatCount, formatDuration, plural } from "../../lib/format.ts";
import { listAncestorIds, listVisibleNodes, type SpanNode, type SpanTree } from "../../lib/span-tree.ts";
import { listTimeTicks } from "../../lib/time-ticks.ts";
import { rowId, WaterfallRow } from "./waterfall-row.tsx";
import styles from "./waterfall.module.css";

interface WaterfallProps {
  tree: SpanTree;
  chosenId: string | null;
  onChoose: (spanId: string) => void;
}

const ROW_PX = 30;
/** Rows drawn above and below what is seen, so that scrolling does not outrun drawing. */
const MARGIN_ROWS = 12;
const FIRST_ROWS = 40;
/** No screen shows more; a scroller without a height must not draw everything. */
const MOST_ROWS = 200;

/** Tree and waterfall as one table. Only the rows in view exist, so that a trace of 100,000 spans scrolls like one of ten. */
export function Waterfall({ tree, chosenId, onChoose }: WaterfallProps) {
  const scrollerRef = useRef<HTMLDivElement>(null);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [view, setView] = useState({ top: 0, rows: FIRST_ROWS });
  const nodes = useMemo(() => listVisibleNodes(tree, closed), [tree, closed]);
  const chosenIndex = useMemo(
    () => nodes.findIndex((node) => node.span.spanId === chosenId),
    [nodes, chosenId],
  );
  const first = Math.max(0, Math.min(view.top, nodes.length - view.rows) - MARGIN_ROWS);
  const shown = nodes.slice(first, view.top + view.rows + MARGIN_ROWS);

  useEffect(() => {
    const scroller = scrollerRef.current;
    if (scroller === null) return;
    const measure = () =>
      setView({
        top: Math.floor(scroller.scrollTop / ROW_PX),
        rows: Math.min(MOST_ROWS, Math.ceil(scroller.clientHeight / ROW_PX)),
      });
    const observer = new ResizeObserver(measure);
    observer.observe(scroller);
    scroller.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      scroller.removeEventListener("scroll", measure);
    };
  }, []);

  // A span that is chosen elsewhere (the address, the critical path) opens what hides it …
  const [revealed, setRevealed] = useState(chosenId);
  if (chosenId !== revealed) {
    setRevealed(chosenId);
    const hiding = chosenId === null ? [] : listAncestorIds(tree, chosenId).filter((id) => closed.has(id));
    if (hiding.length > 0) setClosed(new Set([...closed].filter((id) => !hiding.includes(id))));
  }
  // … and comes into view.
  const scrollTo = useEffectEvent((index: number) => {
    const scroller = scrollerRef.current;
    if (scroller === null || index === -1) return;
    const top = index * ROW_PX;
    const isAbove = top < scroller.scrollTop;
    const isBelow = top + ROW_PX > scroller.scrollTop + scroller.clientHeight;
    if (isAbove) scroller.scrollTop = top - ROW_PX;
    else if (isBelow) scroller.scrollTop = top - scroller.clientHeight + 2 * ROW_PX;
  });
  useEffect(() => {
    if (chosenId !== null) scrollTo(chosenIndex);
    // Opening and closing other spans moves the chosen one, and must not scroll.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [chosenId]);

  const setOpen = (node: SpanNode, open: boolean) => {
    const next = new Set(closed);
    if (open) next.delete(node.span.spanId);
    else next.add(node.span.spanId);
    setClosed(next);
  };
  const choose = (node: SpanNode | undefined) => {
    if (node !== undefined) onChoose(node.span.spanId);
  };
  /** True for a key that means something here. */
  const walk = (event: KeyPress): boolean => {
    const node = nodes[chosenIndex];
    if (node === undefined) return false;
    const isOpen = !closed.has(node.span.spanId);
    const moves: Record<string, () => void> = {
      ArrowDown: () => choose(nodes[Math.min(nodes.length - 1, chosenIndex + 1)]),
      ArrowUp: () => choose(nodes[Math.max(0, chosenIndex - 1)]),
      Home: () => choose(nodes[0]),
      End: () => choose(nodes.at(-1)),
      PageDown: () => choose(nodes[Math.min(nodes.length - 1, chosenIndex + view.rows - 1)]),
      PageUp: () => choose(nodes[Math.max(0, chosenIndex - view.rows + 1)]),
      ArrowRight: () => (isOpen ? choose(node.children[0]) : setOpen(node, true)),
      ArrowLeft: () =>
        isOpen && node.children.length > 0 ? setOpen(node, false) : choose(node.parent ?? undefined),
    };
    const move = moves[event.key];
    if (move === undefined || event.metaKey || event.ctrlKey || event.altKey) return false;
    event.preventDefault();
    move();
    return true;
  };
  useKeysOfPage((event) => {
    if (walk(event)) scrollerRef.current?.focus({ preventScroll: true });
  });

  return (
    <>
      <WaterfallHead
        tree={tree}
        nodes={nodes}
        chosenIndex={chosenIndex}
        onChoose={choose}
        isFolded={closed.size > 0}
        onFold={() => setClosed(closed.size > 0 ? new Set() : listFoldable(tree))}
      />
      <div
        ref={scrollerRef}
        className={styles.scroller}
        role="tree"
        tabIndex={0}
        aria-label={`Spans of the trace, ${formatCount(nodes.length)} rows`}
        {...(chosenId === null ? {} : { "aria-activedescendant": rowId(chosenId) })}
        onKeyDown={(event) => void walk(event)}
      >
        <div className={styles.spacer} style={{ height: nodes.length * ROW_PX }}>
          {shown.map((node, i) => (
            <WaterfallRow
              key={node.span.spanId}
              node={node}
              top={(first + i) * ROW_PX}
              durationMs={tree.durationMs}
              isChosen={node.span.spanId === chosenId}
              isClosed={closed.has(node.span.spanId)}
              onChoose={choose}
              onOpen={setOpen}
            />
          ))}
        </div>
      </div>
    </>
  );
}

type KeyPress = Pick<KeyboardEvent, "key" | "metaKey" | "ctrlKey" | "altKey" | "preventDefault">;

/** Hears of keys pressed while nothing has the focus: whoever came here by keys goes on by keys. */
function useKeysOfPage(onPress: (event: KeyPress) => void) {
  const hear = useEffectEvent(onPress);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.target === document.body) hear(event);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
}

interface WaterfallHeadProps {
  tree: SpanTree;
  nodes: readonly SpanNode[];
  chosenIndex: number;
  onChoose: (node: SpanNode | undefined) => void;
  isFolded: boolean;
  onFold: () => void;
}

/** Spans below the top that have something to hide. */
function listFoldable(tree: SpanTree): ReadonlySet<string> {
  const foldable = new Set<string>();
  for (const { span, parent, children } of tree.byId.values()) {
    if (parent !== null && children.length > 0) foldable.add(span.spanId);
  }
  return foldable;
}

function WaterfallHead({ tree, nodes, chosenIndex, onChoose, isFolded, onFold }: WaterfallHeadProps) {
  const ticks = listTimeTicks(tree.durationMs, 5);
  const canFold = useMemo(() => listFoldable(tree).size > 1, [tree]);
  const failed = nodes.filter((node) => node.span.status === "error");
  const next = nodes.find((node, i) => i > chosenIndex && node.span.status === "error") ?? failed[0];
  return (
    <div className={styles.head}>
      <span className={styles.headName}>
        Span
        {isFolded || canFold ? (
          <button type="button" className={styles.fold} onClick={onFold}>
            {isFolded ? "Open all" : "Close all"}
          </button>
        ) : null}
        {failed.length === 0 ? null : (
          <button
            type="button"
            className={styles.errors}
            onClick={() => onChoose(next)}
            title="Go to the next one"
          >
            {plural(failed.length, "error")}
          </button>
        )}
      </span>
      <span className={styles.headCost}>Cost</span>
      <span className={styles.axis} aria-hidden="true">
        {ticks.map(({ at, label }) => (
          <span key={label} className={styles.tickLabel} style={{ left: `${at * 100}%` }}>
            {label}
          </span>
        ))}
        <span className={styles.endLabel}>{formatDuration(tree.durationMs)}</span>
      </span>
    </div>
  );
}
