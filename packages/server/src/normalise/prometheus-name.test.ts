import { describe, expect, it } from "vitest";
import {
  formatBound,
  toLabelName,
  toPrometheusName,
  toPrometheusUnit,
  type PrometheusMetricType,
} from "./prometheus-name.ts";

type NameCase = readonly [name: string, unit: string, type: PrometheusMetricType, expected: string];

describe("toPrometheusName", () => {
  it.each<NameCase>([
    // The specification's and the conventions' own instruments.
    ["http.server.request.duration", "s", "histogram", "http_server_request_duration_seconds"],
    ["gen_ai.client.token.usage", "{token}", "histogram", "gen_ai_client_token_usage"],
    ["gen_ai.client.operation.duration", "s", "histogram", "gen_ai_client_operation_duration_seconds"],
    ["claude_code.cost.usage", "USD", "counter", "claude_code_cost_usage_USD_total"],
    ["process.cpu.time", "s", "counter", "process_cpu_time_seconds_total"],
    ["system.memory.usage", "By", "gauge", "system_memory_usage_bytes"],
    // Names of model calls as dashboards ask for them.
    ["llm.latency", "ms", "histogram", "llm_latency_milliseconds"],
    ["llm.latency.ms", "ms", "histogram", "llm_latency_ms_milliseconds"],
    ["llm.latency_ms", "", "histogram", "llm_latency_ms"],
    ["llm.cost.dollars", "USD", "counter", "llm_cost_dollars_USD_total"],
    ["llm.cost.dollars", "{USD}", "counter", "llm_cost_dollars_total"],
    ["llm.faithfulness.score", "1", "gauge", "llm_faithfulness_score_ratio"],
    ["llm.faithfulness.score", "", "gauge", "llm_faithfulness_score"],
    // Suffixes stand once, at the end.
    ["requests.total", "", "counter", "requests_total"],
    ["requests.total.count", "", "counter", "requests_count_total"],
    ["disk.seconds.used", "s", "counter", "disk_seconds_used_total"],
    ["hit.ratio.cache", "1", "gauge", "hit_cache_ratio"],
    ["things", "1", "counter", "things_total"],
    ["up", "1", "histogram", "up"],
    // Units.
    ["network.io", "By/s", "gauge", "network_io_bytes_per_second"],
    ["speed", "m/s", "gauge", "speed_meters_per_second"],
    ["growth", "{item}/d", "gauge", "growth_per_day"],
    ["calls", "1/min", "gauge", "calls_per_min"],
    ["load", "%", "gauge", "load_percent"],
    ["room", "Cel", "gauge", "room_celsius"],
    ["weight", "kg", "gauge", "weight_kg"],
    ["odd", " s ", "gauge", "odd_seconds"],
    ["odd", "a__b", "gauge", "odd_a_b"],
    ["odd", "/", "gauge", "odd"],
    // Characters.
    ["a..b--c  d", "", "gauge", "a_b_c_d"],
    ["__a__b__", "", "gauge", "a_b"],
    ["2xx.answers", "", "counter", "_2xx_answers_total"],
    ["job:rate:5m", "", "gauge", "job:rate:5m"],
    ["größe", "", "gauge", "gr_e"],
    ["…", "s", "gauge", ""],
  ])("names %s with unit %j as a %s %s", (name, unit, type, expected) => {
    expect(toPrometheusName({ name, unit, type })).toBe(expected);
  });
});

describe("toPrometheusUnit", () => {
  it.each([
    ["s", "seconds"],
    ["By/s", "bytes_per_second"],
    ["{token}", ""],
    ["1", ""],
  ])("says %j as %j", (unit, expected) => {
    expect(toPrometheusUnit(unit)).toBe(expected);
  });
});

describe("toLabelName", () => {
  it.each([
    ["http.request.method", "http_request_method"],
    ["a__b", "a__b"],
    ["0day", "key_0day"],
    ["_hidden", "key_hidden"],
    ["__reserved", "__reserved"],
    ["naïve", "na_ve"],
    ["😀x", "_x".replace("_", "key_")],
    ["…", ""],
    ["", ""],
  ])("names %j %j", (key, expected) => {
    expect(toLabelName(key)).toBe(expected);
  });
});

describe("formatBound", () => {
  it.each([
    [3000, "3000"],
    [0.005, "0.005"],
    [1e21, "1000000000000000000000"],
    [1.5e22, "15000000000000000000000"],
    [1e-7, "0.0000001"],
    [-2.5e-9, "-0.0000000025"],
    [Infinity, "+Inf"],
    [0, "0"],
  ])("writes %d as %s", (bound, expected) => {
    expect(formatBound(bound)).toBe(expected);
  });
});
