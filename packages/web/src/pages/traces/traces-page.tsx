import type { TraceFacets } from "@spanlight/contract";
import { useRef } from "react";
import { useTraceFacets } from "../../api/use-trace-facets.ts";
import { useTraces, type Traces } from "../../api/use-traces.ts";
import { ConnectState } from "../../components/connect/connect-state.tsx";
import { ErrorState, StaleNotice } from "../../components/core/states.tsx";
import { LiveSwitch } from "../../components/frame/live-switch.tsx";
import { RangePicker } from "../../components/frame/range-picker.tsx";
import { TopBar } from "../../components/frame/top-bar.tsx";
import { AgainstPicker } from "../../components/frame/view-pickers.tsx";
import { useView } from "../../lib/use-view.ts";
import type { View } from "../../lib/view.ts";
import { FacetList } from "./facet-list.tsx";
import { QueryBar } from "./query-bar.tsx";
import { TraceHistogram } from "./trace-histogram.tsx";
import { TraceTable, TraceTableSkeleton } from "./trace-table.tsx";
import styles from "./traces-page.module.css";
import { useHeldRows, type HeldRows } from "./use-held-rows.ts";

const NO_FACETS: Pick<TraceFacets, "facets"> = { facets: [] };

/** Search among traces: a query bar, facets, a histogram and the list, newest first. */
export function TracesPage() {
  const { view, changeView, changeFilters } = useView();
  const facets = useTraceFacets(view);
  const before = useTraceFacets(view, { against: true });
  const traces = useTraces(view);
  const tableRef = useRef<HTMLDivElement>(null);
  const held = useHeldRows(traces.rows, tableRef);
  const error = traces.error ?? facets.error;
  const retry = () => {
    if (traces.error !== null) traces.retry();
    if (facets.error !== null) void facets.refetch();
  };
  return (
    <>
      <TopBar title="Traces" aside={<LiveSwitch />}>
        <RangePicker />
        <AgainstPicker />
      </TopBar>
      <main id="content" className={styles.page}>
        <QueryBar
          filters={view.filters}
          facets={facets.data ?? null}
          onChange={(filters) => changeView({ filters })}
        />
        <div className={styles.columns}>
          <FacetList
            facets={facets.data ?? (facets.error === null ? null : NO_FACETS)}
            filters={view.filters}
            stale={facets.isPlaceholderData}
            onToggle={(name, value) =>
              changeFilters({ [name]: view.filters[name] === value ? undefined : value })
            }
          />
          <div className={styles.main}>
            <StaleNotice
              error={traces.rows.length === 0 && traces.error !== null ? null : error}
              onRetry={retry}
            />
            {facets.data === undefined && facets.error !== null ? null : (
              <TraceHistogram
                facets={facets.data ?? null}
                before={before.isPlaceholderData ? null : (before.data ?? null)}
                stale={facets.isPlaceholderData}
                onZoom={(fromMs, toMs) => changeView({ range: { kind: "between", fromMs, toMs } })}
              />
            )}
            <div ref={tableRef}>
              <Results traces={traces} held={held} view={view} />
            </div>
          </div>
        </div>
      </main>
    </>
  );
}

interface ResultsProps {
  traces: Traces;
  held: HeldRows;
  view: View;
}

/** The list in one of its four states. */
function Results({ traces, held, view }: ResultsProps) {
  if (traces.rows.length === 0) {
    if (traces.error !== null) {
      return <ErrorState title="The traces could not be read" error={traces.error} onRetry={traces.retry} />;
    }
    if (traces.isLoading || traces.stale) return <TraceTableSkeleton />;
    return <ConnectState view={view} what="trace" />;
  }
  return (
    <TraceTable
      rows={held.rows}
      view={view}
      stale={traces.stale}
      waiting={held.waiting}
      onShowWaiting={held.release}
      hasMore={traces.hasMore}
      isLoadingMore={traces.isLoadingMore}
      onLoadMore={traces.loadMore}
    />
  );
}
