import { labelsToRecord, parseNumber } from "@spanlight/promql";
import type { AlertNotice } from "./outside.ts";
import type { SavedState } from "./saved-state.ts";

/** Saved alerts of rules that are not in operation: their file is wrong at the moment, or they are gone. */
export type Unclaimed = SavedState["rules"];

export interface EndContext {
  readonly nowMs: number;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
}

/** The ends of alerts that fired when they were saved and whose rules are gone: nobody knows how they are now. */
export function listEnds(unclaimed: Unclaimed, context: EndContext): AlertNotice[] {
  const { nowMs, externalLabels, externalUrl } = context;
  return unclaimed.flatMap(({ alerts }) =>
    alerts.flatMap((alert): AlertNotice[] => {
      if (alert.state === "pending") return [];
      const labels = { ...externalLabels, ...labelsToRecord(alert.labels) };
      const name = encodeURIComponent(labels["alertname"] ?? "");
      return [
        {
          status: "resolved",
          labels,
          sourceLabels: labelsToRecord(alert.sourceLabels),
          annotations: alert.annotations,
          value: parseNumber(alert.value) ?? NaN,
          threshold: null,
          query: "",
          activeAtMs: alert.activeAtMs,
          startsAtMs: alert.firedAtMs,
          endsAtMs: alert.state === "resolved" ? alert.resolvedAtMs : nowMs,
          reason: alert.state === "resolved" ? alert.reason : "no_data",
          generatorUrl: `${externalUrl}/alerts?alert=${name}`,
        },
      ];
    }),
  );
}
