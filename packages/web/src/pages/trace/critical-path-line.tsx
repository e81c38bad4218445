import { listPathSteps, measureRetries, type PathSegment } from "../../lib/critical-path.ts";
import { formatDuration, formatName, plural } from "../../lib/format.ts";
import type { SpanTree } from "../../lib/span-tree.ts";
import styles from "./critical-path-line.module.css";

interface CriticalPathProps {
  path: readonly PathSegment[];
  tree: SpanTree;
  onChoose: (spanId: string) => void;
}

const MOST_STEPS = 4;

/** The critical path in a sentence: the spans that hold the trace up longest, and what failed attempts cost. */
export function CriticalPath({ path, tree, onChoose }: CriticalPathProps) {
  const steps = listPathSteps(path, MOST_STEPS);
  const retries = measureRetries(tree);
  if (tree.byId.size < 2 || steps.length === 0) return null;
  return (
    <p className={styles.line}>
      <b>Critical path</b>{" "}
      {steps.map(({ node, durationMs }, i) => (
        <span key={node.span.spanId}>
          {i === 0 ? "" : " → "}
          <button type="button" className={styles.step} onClick={() => onChoose(node.span.spanId)}>
            {formatName(node.span.name)}{" "}
            {node.span.status === "error" ? `(${node.span.errorType ?? "error"}) ` : ""}
            {formatDuration(durationMs)}
          </button>
        </span>
      ))}
      {". "}
      {retries.attempts === 0
        ? null
        : `${plural(retries.attempts, "failed attempt")} and the wait for the next cost ${formatDuration(retries.durationMs)}.`}
    </p>
  );
}
