import { setTimeout as delay } from "node:timers/promises";
import type { Hono } from "hono";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSeriesQueries } from "../../query/series/create-series-queries.ts";
import { openTestDoors, type TestDoors } from "../../receive/doors.fixture.ts";
import { createPrometheusApi } from "./create-prometheus-api.ts";
import { firstMs, makeSeries, queries } from "./differential.fixture.ts";
import {
  isPrometheusInstalled,
  type RunningPrometheus,
  sendRemoteWrite,
  startPrometheus,
} from "./prometheus.fixture.ts";

// The same samples by remote write into Debian's Prometheus and into our server, the same queries to both.
// Known differences between 2.42 and the language of today are kept out of the queries: ranges were closed on the left
// (sample times and steps lie off each other's grid), a window that begins before its series was scaled another way, the dot did not match line breaks, names were not UTF-8,
// `atan2` kept the metric name, the date of NaN and of infinities was some date.

const isInstalled = isPrometheusInstalled();
let prometheus: RunningPrometheus;
let doors: TestDoors;
let api: Hono;

beforeAll(async () => {
  if (!isInstalled) return;
  [prometheus, doors] = await Promise.all([startPrometheus(), openTestDoors()]);
  const series = makeSeries();
  await sendRemoteWrite(`${prometheus.url}/api/v1/write`, series);
  await sendRemoteWrite(`${doors.url}/prometheus/api/v1/write`, series);
  const wanted = series.reduce((sum, { values }) => sum + values.length, 0);
  await untilStored(wanted);
  api = createPrometheusApi({
    series: createSeriesQueries({ store: doors.store, project: "default", now: Date.now }),
    version: "test",
    now: Date.now,
    report: (error) => {
      throw error;
    },
  });
}, 60_000);

afterAll(async () => {
  await prometheus?.close();
  await doors?.close();
});

async function untilStored(wanted: number): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const [row] = await doors.store.query<{ found: number }>({
      sql: "SELECT toUInt32(count()) AS found FROM metric_samples",
    });
    if (row?.found === wanted) return;
    await delay(50);
  }
  throw new Error(`${wanted} samples were not stored in time`);
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: {
    resultType: string;
    result: Array<{ metric: object; values?: Array<[number, string]>; value?: [number, string] }>;
  };
}

/** Every point of an answer by series and time. */
function flatten({ data }: Answer): Map<string, number> {
  const points = new Map<string, number>();
  for (const { metric, values, value } of data?.result ?? []) {
    const key = JSON.stringify(Object.entries(metric).toSorted(([left], [right]) => (left < right ? -1 : 1)));
    for (const [time, text] of values ?? (value === undefined ? [] : [value]))
      points.set(`${key} ${time}`, Number(text.replace("Inf", "Infinity")));
  }
  return points;
}

function isNear(left: number, right: number): boolean {
  if (Object.is(left, right) || left === right) return true;
  return Math.abs(left - right) <= 1e-6 * Math.max(1, Math.abs(left), Math.abs(right));
}

/** The first difference of two answers; undefined where there is none. */
function findDifference(theirs: Answer, ours: Answer): string | undefined {
  if (theirs.status !== ours.status) return `${theirs.error ?? theirs.status} | ${ours.error ?? ours.status}`;
  if (theirs.data?.resultType !== ours.data?.resultType) return "another type";
  const [left, right] = [flatten(theirs), flatten(ours)];
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const [one, other] = [left.get(key), right.get(key)];
    if (one === undefined || other === undefined || !isNear(one, other)) return `${key}: ${one} | ${other}`;
  }
  return undefined;
}

// 7 s past each minute, after the first hour and a half: full windows, and no step of a subquery on the edge of one.
const startSeconds = Math.ceil(firstMs / 60_000) * 60 + 5287;
const range = `start=${startSeconds}&end=${startSeconds + 1800}&step=60`;

test("more than 300 queries answer what Prometheus answers", async (context) => {
  if (!isInstalled) context.skip("Debian's prometheus is not installed");
  expect(new Set(queries).size).toBeGreaterThan(300);
  const differences: string[] = [];
  let points = 0;
  for (const query of queries) {
    const path = `/api/v1/query_range?${range}&query=${encodeURIComponent(query)}`;
    const [theirs, ours] = await Promise.all([
      fetch(`${prometheus.url}${path}`).then((response) => response.json() as Promise<Answer>),
      Promise.resolve(api.request(`/prometheus${path}`)).then(
        (response) => response.json() as Promise<Answer>,
      ),
    ]);
    points += flatten(theirs).size;
    const difference = findDifference(theirs, ours);
    if (difference !== undefined) differences.push(`${query}: ${difference}`);
  }
  expect(differences).toEqual([]);
  expect(points).toBeGreaterThan(30_000);
}, 120_000);
