import type { Trace } from "@spanlight/contract";
import { useMemo, useRef } from "react";
import { Link } from "wouter";
import { useTrace } from "../../api/use-trace.ts";
import { ApiError } from "../../api/request.ts";
import { ButtonLink } from "../../components/core/button.tsx";
import { CopyButton } from "../../components/core/copy-button.tsx";
import { ErrorState, StaleNotice } from "../../components/core/states.tsx";
import { TopBar } from "../../components/frame/top-bar.tsx";
import { formatCount, formatName } from "../../lib/format.ts";
import { findCriticalPath } from "../../lib/critical-path.ts";
import { buildSpanTree } from "../../lib/span-tree.ts";
import { useParameter, useView } from "../../lib/use-view.ts";
import { addressOf, sharedView } from "../../lib/view.ts";
import { CriticalPath } from "./critical-path-line.tsx";
import { chooseFirst } from "./choose-first.ts";
import { SpanDetail } from "./span-detail.tsx";
import { TraceFacts } from "./trace-facts.tsx";
import { TraceSkeleton } from "./trace-skeleton.tsx";
import styles from "./trace-page.module.css";
import { Waterfall } from "./waterfall.tsx";

/** One trace: facts, the tree with its waterfall, and the chosen span beside it. */
export function TracePage({ traceId }: { traceId: string }) {
  const { view } = useView();
  const query = useTrace(traceId);
  const trace = query.data;
  const name = trace === undefined ? traceId : formatName(trace.name);
  return (
    <>
      <TopBar
        title={name}
        heading={
          <span className={styles.crumbs}>
            <Link href={addressOf("/traces", sharedView(view))} className={styles.crumb}>
              Traces
            </Link>{" "}
            / <span className={styles.name}>{name}</span>
          </span>
        }
        aside={
          <span className={styles.id}>
            <span className={styles.idLabel}>trace</span> <code className={styles.idText}>{traceId}</code>
            <CopyButton text={traceId} label="trace id" />
          </span>
        }
      />
      {trace === undefined ? (
        query.error === null ? (
          <TraceSkeleton />
        ) : (
          <main id="content">
            <NotRead error={query.error} onRetry={() => void query.refetch()} />
          </main>
        )
      ) : (
        <main id="content" className={styles.page}>
          <StaleNotice error={query.error} onRetry={() => void query.refetch()} />
          <LoadedTrace trace={trace} />
        </main>
      )}
    </>
  );
}

function NotRead({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const isMissing = error instanceof ApiError && (error.status === 404 || error.status === 400);
  return (
    <ErrorState
      title={isMissing ? "There is no such trace" : "The trace could not be read"}
      error={error}
      {...(isMissing ? {} : { onRetry })}
    >
      <p>
        <ButtonLink href="/traces">See all traces</ButtonLink>
      </p>
    </ErrorState>
  );
}

/** On a phone the detail lies over the waterfall. */
const phone = "(max-width: 860px)";

/**
 * The span that the address names. Going from span to span leaves no steps to go back to; what covers the page of a phone does, so that
 * going back uncovers it.
 */
function useChosenSpan(): {
  spanParameter: string | null;
  openSpan: (spanId: string) => void;
  closeSpan: () => void;
} {
  const [spanParameter, setSpan] = useParameter("span");
  const hasStep = useRef(false);
  return {
    spanParameter,
    openSpan(spanId) {
      const isCovering = spanParameter === null && matchMedia(phone).matches;
      if (isCovering) hasStep.current = true;
      setSpan(spanId, { replace: !isCovering });
    },
    closeSpan() {
      if (hasStep.current) history.back();
      else setSpan(undefined, { replace: true });
      hasStep.current = false;
    },
  };
}

function LoadedTrace({ trace }: { trace: Trace }) {
  const { spanParameter, openSpan, closeSpan } = useChosenSpan();
  const tree = useMemo(() => buildSpanTree(trace.spans), [trace.spans]);
  const path = useMemo(() => findCriticalPath(tree), [tree]);
  const asked = spanParameter === null ? undefined : tree.byId.get(spanParameter);
  const chosen = asked ?? chooseFirst(tree);
  return (
    <>
      <TraceFacts trace={trace} tree={tree} path={path} />
      {trace.truncated ? (
        <p className={styles.notice} role="status">
          Shown are the earliest {formatCount(trace.spans.length)} of more spans: the trace is larger than a
          page can hold.
        </p>
      ) : null}
      <div className={styles.panes}>
        <div className={styles.left}>
          <Waterfall tree={tree} chosenId={chosen?.span.spanId ?? null} onChoose={openSpan} />
          <CriticalPath path={path} tree={tree} onChoose={openSpan} />
        </div>
        {chosen === null ? null : (
          <SpanDetail
            key={chosen.span.spanId}
            traceId={trace.traceId}
            node={chosen}
            contentIncluded={trace.contentIncluded}
            detailIncluded={trace.detailIncluded !== false}
            // On a phone the detail lies over the waterfall, so it is shown only when a span was asked for.
            isAsked={asked !== undefined}
            onClose={closeSpan}
          />
        )}
      </div>
    </>
  );
}
