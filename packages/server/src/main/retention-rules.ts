import type { Settings } from "../config/config.ts";
import type { RetentionRule } from "../store/retention.ts";

/** What is kept of each signal. Content has a rule of its own where it has a setting of its own. */
export function toRetentionRules(settings: Settings): RetentionRule[] {
  const toLimits = (
    days: number,
    maxBytes: number | undefined,
  ): Pick<RetentionRule, "days" | "maxBytes"> => ({
    days: days === 0 ? null : days,
    maxBytes: maxBytes ?? null,
  });
  const {
    retention_traces_days: traceDays,
    retention_content_days: contentDays,
    retention_content_bytes: contentBytes,
  } = settings;
  const isContentApart = contentDays !== undefined || contentBytes !== undefined;
  const traceTables = isContentApart ? ["spans"] : ["spans", "contents"];
  const traces = {
    name: "traces",
    tables: traceTables,
    divisible: traceTables,
    ...toLimits(traceDays, settings.retention_traces_bytes),
  };
  const content = {
    name: "content",
    tables: ["contents"],
    divisible: ["contents"],
    ...toLimits(contentDays ?? traceDays, contentBytes),
  };
  return [
    traces,
    ...(isContentApart ? [content] : []),
    {
      name: "logs",
      tables: ["logs"],
      divisible: ["logs"],
      ...toLimits(settings.retention_logs_days, settings.retention_logs_bytes),
    },
    {
      name: "metrics",
      tables: ["metric_samples", "metric_exemplars", "metric_series", "metric_metadata"],
      // The labels of a series are told once a day of receipt: without them its later samples would be lost.
      divisible: ["metric_samples", "metric_exemplars"],
      ...toLimits(settings.retention_metrics_days, settings.retention_metrics_bytes),
    },
  ];
}
