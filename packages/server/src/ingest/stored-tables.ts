/** Every table that blocks of the spool go to, in the order of insertion: content before the spans that lead to it, series before their samples. */
export const storedTables: readonly string[] = [
  "contents",
  "spans",
  "logs",
  "metric_series",
  "metric_metadata",
  "metric_samples",
  "metric_exemplars",
];
