import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  type DataSourceRef,
  VisibilityMode,
} from "@grafana/grafana-foundation-sdk/common";
import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
  type Panel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import type { PanelDefinition, RowDefinition } from "./panel.ts";

/** A variable, so that the dashboard works with whatever the data source is called. */
const DATASOURCE: DataSourceRef = { type: "prometheus", uid: "${datasource}" };
const HEIGHT = 8;
const COLUMNS = 24;

function toThresholds({ threshold }: PanelDefinition): ThresholdsConfigBuilder {
  const [good, bad] = ["green", "red"];
  const { value = 0, isBelowBad = false } = threshold ?? {};
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: isBelowBad ? bad : good },
    { value, color: isBelowBad ? good : bad },
  ]);
}

function toQueries({ queries, kind }: PanelDefinition): DataqueryBuilder[] {
  return queries.map(({ expr, legend }, index) => {
    const query = new DataqueryBuilder()
      .refId(String.fromCodePoint(65 + index))
      .datasource(DATASOURCE)
      .expr(expr)
      .legendFormat(legend);
    return kind === "stat" ? query.instant() : query.range().exemplar(true);
  });
}

function toPanel(
  definition: PanelDefinition,
  place: { id: number; x: number; y: number; w: number },
): { build(): Panel } {
  const { kind, title, description, unit, threshold } = definition;
  const { id, x, y, w } = place;
  const panel =
    kind === "stat"
      ? new StatBuilder()
      : new TimeseriesBuilder().fillOpacity(10).showPoints(VisibilityMode.Never);
  panel
    .id(id)
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .unit(unit)
    .gridPos({ h: HEIGHT, w, x, y })
    .targets(toQueries(definition));
  if (threshold === undefined) return panel;
  panel.thresholds(toThresholds(definition));
  if (panel instanceof TimeseriesBuilder) {
    panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  return panel;
}

function toVariable(name: string, label: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query({ qryType: 1, query: `label_values(llm_requests_total, ${name})`, refId: `${name}-values` })
    .definition(`label_values(llm_requests_total, ${name})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current({ text: "All", value: "$__all" });
}

/** Makes the Grafana dashboard of the rows: six columns of four, or three of eight. */
export function renderDashboard(rows: readonly RowDefinition[]): string {
  const builder = new DashboardBuilder("LLM services")
    .uid("spanlight-llm")
    .description("Health, cost, quality and infrastructure of services that call language models.")
    .tags(["llm", "spanlight"])
    .time({ from: "now-6h", to: "now" })
    .refresh("30s")
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"))
    .withVariable(toVariable("service", "Service"))
    .withVariable(toVariable("model", "Model"))
    .withVariable(toVariable("environment", "Environment"));
  let [id, y] = [1, 0];
  for (const { title, panels } of rows) {
    builder.withRow(new RowBuilder(title).id(id++).gridPos({ h: 1, w: COLUMNS, x: 0, y: y++ }));
    const perLine = panels.length === 4 ? 4 : 3;
    const w = COLUMNS / perLine;
    panels.forEach((panel, index) => {
      const [column, line] = [index % perLine, Math.floor(index / perLine)];
      builder.withPanel(toPanel(panel, { id: id++, x: column * w, y: y + line * HEIGHT, w }));
    });
    y += Math.ceil(panels.length / perLine) * HEIGHT;
  }
  return `${JSON.stringify(builder.build(), null, 2)}\n`;
}
