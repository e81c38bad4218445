import { useRef } from "react";
import { useTraceFacets } from "../../api/use-trace-facets.ts";
import { useTraces } from "../../api/use-traces.ts";
import { ConnectState } from "../../components/connect/connect-state.tsx";
import { ErrorState, StaleNotice } from "../../components/core/states.tsx";
import { LiveSwitch } from "../../components/frame/live-switch.tsx";
import { RangePicker } from "../../components/frame/range-picker.tsx";
import { TopBar } from "../../components/frame/top-bar.tsx";
import { useView } from "../../lib/use-view.ts";
import { FacetList } from "./facet-list.tsx";
import { QueryBar } from "./query-bar.tsx";
import { TraceHistogram } from "./trace-histogram.tsx";
import { TraceTable, TraceTableSkeleton } from "./trace-table.tsx";
import styles from "./traces-page.module.css";
import { useHeldRows } from "./use-held-rows.ts";

/** Search among traces: a query bar, facets, a histogram and the list, newest first. */
export function TracesPage() {
  const { view, changeView, changeFilters } = useView();
  const facets = useTraceFacets(view);
  const traces = useTraces(view);
  const tableRef = useRef<HTMLDivElement>(null);
  const held = useHeldRows(traces.rows, tableRef);
  const error = traces.error ?? facets.error;
  const retry = () => {
    if (traces.error !== null) traces.retry();
    if (facets.error !== null) void facets.refetch();
  };
  const failed = traces.rows.length === 0 && traces.error !== null;
  const empty = traces.rows.length === 0 && !traces.isLoading && !traces.stale && !failed;
  return (
    <>
      <TopBar title="Traces" aside={<LiveSwitch />}>
        <RangePicker />
      </TopBar>
      <main id="content" className={styles.page}>
        <QueryBar
          filters={view.filters}
          facets={facets.data ?? null}
          onChange={(filters) => changeView({ filters })}
        />
        <div className={styles.columns}>
          <FacetList
            facets={facets.data ?? null}
            filters={view.filters}
            stale={facets.isPlaceholderData}
            onToggle={(name, value) =>
              changeFilters({ [name]: view.filters[name] === value ? undefined : value })
            }
          />
          <div className={styles.main}>
            <StaleNotice error={failed ? null : error} onRetry={retry} />
            <TraceHistogram
              facets={facets.data ?? null}
              stale={facets.isPlaceholderData}
              onZoom={(fromMs, toMs) => changeView({ range: { kind: "between", fromMs, toMs } })}
            />
            <div ref={tableRef}>
              {failed && traces.error !== null ? (
                <ErrorState
                  title="The traces could not be read"
                  error={traces.error}
                  onRetry={traces.retry}
                />
              ) : traces.isLoading ? (
                <TraceTableSkeleton />
              ) : empty ? (
                <ConnectState view={view} what="trace" />
              ) : (
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
              )}
            </div>
          </div>
        </div>
      </main>
    </>
  );
}
