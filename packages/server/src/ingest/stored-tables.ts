/** Every table that blocks of the spool go to. */
export const storedTables: readonly string[] = [
  "spans",
  "contents",
  "logs",
  "metric_samples",
  "metric_series",
  "metric_metadata",
  "metric_exemplars",
];
