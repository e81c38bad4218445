// PromQL over pushed samples beside Debian's Prometheus, and the shipped dashboard over ten million spans.
//   npm run bench promql [-- --series 1000,10000 --hours 6 --runs 5]
//   npm run bench promql -- dashboard [--spans 10000000 --runs 3]
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { measureSize } from "./promql/compare.ts";
import { measureDashboard } from "./promql/dashboard.ts";
import { report } from "./ingest/spanlight.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    series: { type: "string" },
    hours: { type: "string" },
    runs: { type: "string" },
    spans: { type: "string" },
  },
});

report(`${cpus().length} cores, Node ${process.versions.node}`);
console.log(JSON.stringify(positionals[0] === "dashboard" ? await runDashboard() : await runComparison()));

async function runDashboard() {
  const figures = await measureDashboard({
    spans: Number(flags.spans ?? 10_000_000),
    runs: Number(flags.runs ?? 3),
  });
  // The aim is a second for all panels together.
  const { coldMs, firstMs, refreshMs } = figures;
  return {
    name: "promql dashboard",
    ...figures,
    ratio: { first: firstMs / 1000, refresh: refreshMs / 1000, cold: coldMs / 1000 },
  };
}

async function runComparison() {
  const sizes = (flags.series ?? "1000,10000").split(",").map((series) => ({
    series: Number(series),
    hours: Number(flags.hours ?? 6),
    runs: Number(flags.runs ?? 5),
  }));
  const measured: Awaited<ReturnType<typeof measureSize>>[] = [];
  for (const size of sizes) measured.push(await measureSize(size));
  const ratios = measured.flatMap(({ series, queries }) =>
    Object.entries(queries).flatMap(([name, { ratio }]) =>
      ratio === null ? [] : [[`${name}${series}`, ratio] as const],
    ),
  );
  return { name: "promql", sizes: measured, ratio: Object.fromEntries(ratios) };
}
