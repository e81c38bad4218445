import { useLocation } from "wouter";
import { ConnectState } from "../../components/connect/connect-state.tsx";
import { ErrorState, StaleNotice } from "../../components/core/states.tsx";
import { LiveSwitch } from "../../components/frame/live-switch.tsx";
import { RangePicker } from "../../components/frame/range-picker.tsx";
import { TopBar } from "../../components/frame/top-bar.tsx";
import { AgainstPicker, GroupPicker } from "../../components/frame/view-pickers.tsx";
import { formatMoney } from "../../lib/format.ts";
import { AGAINST_NAMES, describeRange } from "../../lib/time-range.ts";
import { tracesAddress } from "../../lib/traces-link.ts";
import { useNow } from "../../lib/use-now.ts";
import { useParameter, useView } from "../../lib/use-view.ts";
import type { View } from "../../lib/view.ts";
import { readDimension } from "./dimension.ts";
import { CostChart, LatencyCharts, TrafficCharts, type HomeChartsProps } from "./home-charts.tsx";
import styles from "./home.module.css";
import { SignalTiles, SignalTilesSkeleton } from "./signal-tiles.tsx";
import { TopSpenders } from "./top-spenders.tsx";
import { useHome, type Home } from "./use-home.ts";
import { VerdictLine, VerdictSkeleton } from "./verdict.tsx";

/** The state of everything at a glance: one sentence, four signals, and the charts behind them. */
export function HomePage() {
  const { view } = useView();
  const [by, setBy] = useParameter("by");
  const dimension = readDimension(by);
  const home = useHome(view, dimension);
  return (
    <>
      <TopBar title="Home" aside={<LiveSwitch />}>
        <GroupPicker label="Service" name="service" />
        <GroupPicker label="Environment" name="environment" />
        <RangePicker />
        <AgainstPicker />
      </TopBar>
      <main id="content" className={styles.page}>
        <HomeContent
          home={home}
          view={view}
          dimension={dimension}
          onPickDimension={(value) => setBy(value === "model" ? undefined : value, { replace: true })}
        />
      </main>
    </>
  );
}

interface HomeContentProps {
  home: Home;
  view: View;
  dimension: ReturnType<typeof readDimension>;
  onPickDimension: (dimension: ReturnType<typeof readDimension>) => void;
}

function HomeContent({ home, view, dimension, onPickDimension }: HomeContentProps) {
  const [, navigate] = useLocation();
  const { changeView } = useView();
  const nowMs = useNow();
  const { figures, stale, error, retry } = home;
  if (figures === null && error !== null) {
    return <ErrorState title="The figures could not be read" error={error} onRetry={retry} />;
  }
  if (figures?.assessment.state === "empty" && !stale) return <ConnectState view={view} what="model call" />;
  const charts: HomeChartsProps = {
    figures,
    view,
    stale,
    onZoom: (fromMs, toMs) => changeView({ range: { kind: "between", fromMs, toMs } }),
    onOpen: (filters, period) => navigate(tracesAddress(view, filters, period)),
  };
  return (
    <>
      <StaleNotice error={figures === null ? null : error} onRetry={retry} />
      {figures === null ? <VerdictSkeleton /> : <VerdictLine figures={figures} view={view} />}
      {figures === null ? (
        <SignalTilesSkeleton />
      ) : (
        <SignalTiles figures={figures} view={view} stale={stale} />
      )}
      <LatencyCharts {...charts} />
      <TrafficCharts {...charts} />
      <h2 className={styles.section}>
        Cost{" "}
        {figures === null ? null : (
          <span>
            {formatMoney(figures.now.totals.costUsd)} · {describeRange(view.range, nowMs).toLowerCase()}
            {figures.before === null || figures.before.totals.costUsd === null
              ? null
              : ` · ${AGAINST_NAMES[view.against]} ${formatMoney(figures.before.totals.costUsd)}`}
          </span>
        )}
      </h2>
      <div className={styles.wideAndNarrow}>
        <CostChart {...charts} dimension={dimension} />
        <TopSpenders {...{ figures, view, stale, dimension, onPickDimension }} />
      </div>
    </>
  );
}
