import type { OverviewGroup } from "@spanlight/contract";
import type { TraceSample } from "../../api/use-trace-sample.ts";
import type { Assessment } from "../../lib/assess.ts";
import { blameFor } from "../../lib/blame.ts";
import {
  formatChange,
  formatCount,
  formatDuration,
  formatMoney,
  formatPercent,
  plural,
} from "../../lib/format.ts";
import { formatMoment, toEpochMs } from "../../lib/instant.ts";
import { AGAINST_NAMES, type Period } from "../../lib/time-range.ts";
import type { Filters, View } from "../../lib/view.ts";

/** A run of words; strong ones are the facts. */
interface Words {
  text: string;
  strong?: boolean;
}

export interface Verdict {
  tone: "bad" | "warn" | "well";
  sentence: Words[];
  detail: string[];
  /** Traces that show it. */
  evidence: { filters: Filters; period: Period; word: string } | null;
}

type Told<State extends Assessment["state"]> = Extract<Assessment, { state: State }>;

const say = (text: string): Words => ({ text });
const stress = (text: string): Words => ({ text, strong: true });

export interface VerdictContext {
  view: View;
  nowMs: number;
  /** The compared range has figures, so "normal" is it; else it is the first half of this range. */
  hasBefore: boolean;
  /** The whole range is judged and not only its last hour. */
  isWholeRange: boolean;
  byErrorType: OverviewGroup[];
  sample: TraceSample | null;
}

/** What is normal, in words: when it was so. */
function normalWords({ view, hasBefore, isWholeRange }: VerdictContext): string {
  if (hasBefore && view.against === "previous") return "in the period before";
  if (hasBefore && view.against !== "nothing") return AGAINST_NAMES[view.against];
  return isWholeRange ? "earlier in this range" : "earlier in this hour";
}

/** What a figure is compared with, in words. */
function againstWords(context: VerdictContext): string {
  return `against ${normalWords(context).replace(/^in /, "")}`;
}

function sinceWords(trouble: { sinceMs: number; wholeRange: boolean }, context: VerdictContext): string {
  if (!trouble.wholeRange) return `since ${formatMoment(trouble.sinceMs, context.nowMs)}`;
  return context.isWholeRange ? "for the whole range" : "for an hour or longer";
}

/** The traces that an assessment is about; null when it is about none. */
export function evidenceOf(assessment: Assessment): Verdict["evidence"] {
  if (assessment.state !== "slow" && assessment.state !== "failing" && assessment.state !== "dear")
    return null;
  const period = { fromMs: assessment.sinceMs, toMs: assessment.untilMs };
  const where: Filters = {
    ...(assessment.endpoint === null ? {} : { endpoint: assessment.endpoint.name }),
    ...(assessment.model === null ? {} : { model: assessment.model.name }),
  };
  switch (assessment.state) {
    case "slow":
      return {
        period,
        word: "slow",
        filters: { ...where, minDurationMs: String(Math.round(assessment.thresholdMs)) },
      };
    case "failing": {
      const type = assessment.errorType;
      return {
        period,
        word: "failed",
        filters: type === null ? { ...where, status: "error" } : { ...where, errorType: type.name },
      };
    }
    case "dear":
      return { period, word: "", filters: where };
  }
}

/** Puts an assessment into words. Null when there is nothing to say (no data). */
export function putIntoWords(assessment: Assessment, context: VerdictContext): Verdict | null {
  switch (assessment.state) {
    case "empty":
      return null;
    case "well":
      return tellWell(assessment);
    case "slow":
      return tellSlow(assessment, context);
    case "failing":
      return tellFailing(assessment, context);
    case "dear":
      return tellDear(assessment, context);
    case "silent":
      return {
        tone: "warn",
        sentence: [
          stress(`No model calls since ${formatMoment(assessment.sinceMs, context.nowMs)}.`),
          say(" They came steadily before: either the traffic has stopped, or the telemetry."),
        ],
        detail: [],
        evidence: null,
      };
  }
}

function tellWell({ p95Ms, costUsdPerHour, errorRatio, unpriced }: Told<"well">): Verdict {
  const facts = [
    ...(p95Ms === null ? [] : [`p95 ${formatDuration(p95Ms)}`]),
    ...(costUsdPerHour === null ? [] : [`${formatMoney(costUsdPerHour)} an hour`]),
    `${formatPercent(errorRatio)} errors`,
  ];
  const detail = unpriced === 0 ? [] : [`${plural(unpriced, "call")} without a known price`];
  return { tone: "well", sentence: [stress("All well: "), say(facts.join(", "))], detail, evidence: null };
}

function tellSlow(told: Told<"slow">, context: VerdictContext): Verdict {
  const change = formatChange(told.p95Ms, told.normalMs)?.replace("+", "");
  const comparison = `${change === undefined ? "" : `, up ${change} ${againstWords(context)}`}, ${sinceWords(told, context)}. `;
  const culprit = told.endpoint ?? told.model;
  const opening =
    culprit === null
      ? [stress("Model calls are slow:"), say(" p95 is ")]
      : [
          stress(`${culprit.name} is slow:`),
          say(` it makes ${formatPercent(culprit.share)} of the slow calls and lifts p95 to `),
        ];
  return {
    tone: told.p95Ms >= told.normalMs * 2 ? "bad" : "warn",
    sentence: [
      ...opening,
      stress(formatDuration(told.p95Ms)),
      say(comparison),
      ...blameTime(context.sample, told.model?.name ?? null),
    ],
    detail: tellErrors(context.byErrorType, told.sinceMs),
    evidence: evidenceOf(told),
  };
}

/** Where the slow traces spend their time, and so whose it is. */
function blameTime(sample: TraceSample | null, model: string | null): Words[] {
  const shares = sample?.shares ?? null;
  if (sample === null || shares === null)
    return model === null ? [] : [say("Most of them use "), stress(model), say(".")];
  const places = [
    { share: shares.model, where: "inside the provider" },
    { share: shares.retrieval, where: "in retrieval" },
    { share: shares.tool, where: "in tools" },
    { share: shares.other, where: "in our own code" },
  ].sort((a, b) => b.share - a.share);
  const [first] = places;
  if (first === undefined) return [];
  const words = [stress(formatPercent(first.share)), say(` of the time of such traces is ${first.where}`)];
  if (first.where === "inside the provider" && model !== null)
    return [...words, say(", model "), stress(model), say(".")];
  return [...words, say(".")];
}

function tellErrors(groups: readonly OverviewGroup[], sinceMs: number): string[] {
  const types = groups
    .map(({ group, series }) => ({
      type: group,
      errors: series.reduce(
        (total, point) => total + (toEpochMs(point.time) >= sinceMs ? point.errors : 0),
        0,
      ),
    }))
    .filter(({ errors }) => errors > 0)
    .sort((a, b) => b.errors - a.errors)
    .slice(0, 3);
  if (types.length === 0) return [];
  return [
    `Errors since then: ${types.map(({ type, errors }) => `${formatCount(errors)} × ${type === "" ? "without a type" : type}`).join(", ")}`,
  ];
}

const blameWords = {
  limits: "the provider is limiting us",
  provider: "that is on the provider's side",
  request: "the provider refuses what we send",
};

function tellFailing(told: Told<"failing">, context: VerdictContext): Verdict {
  const subject = told.endpoint?.name ?? told.model?.name ?? "Model calls";
  const is = subject === "Model calls" ? "are" : "is";
  const type = told.errorType;
  const blame = type === null ? null : blameFor(type.name);
  return {
    tone: told.errorRatio >= 0.05 ? "bad" : "warn",
    sentence: [
      stress(`${subject} ${is} failing:`),
      say(" "),
      stress(formatPercent(told.errorRatio)),
      say(
        ` of all calls end in an error ${sinceWords(told, context)}, ${formatPercent(told.normalRatio)} ${normalWords(context)}. `,
      ),
      ...(type === null
        ? []
        : [stress(formatPercent(type.share)), say(" of the errors are "), stress(type.name)]),
      ...(type === null
        ? []
        : [
            say(
              blame === null
                ? "."
                : `: ${blameWords[blame]}${told.model === null ? "." : `, model ${told.model.name}.`}`,
            ),
          ]),
    ],
    detail: tellErrors(context.byErrorType, told.sinceMs),
    evidence: evidenceOf(told),
  };
}

function tellDear(told: Told<"dear">, context: VerdictContext): Verdict {
  const change = formatChange(told.costUsdPerHour, told.normalUsdPerHour)?.replace("+", "");
  const most = told.model ?? told.endpoint;
  return {
    tone: "warn",
    sentence: [
      stress("Spending is up:"),
      say(" "),
      stress(`${formatMoney(told.costUsdPerHour)} an hour`),
      say(
        `, up ${change ?? ""} ${againstWords(context)} (${formatMoney(told.normalUsdPerHour)}), ${sinceWords(told, context)}. `,
      ),
      ...(most === null
        ? []
        : [stress(formatPercent(most.share)), say(" of it is "), stress(most.name), say(".")]),
    ],
    detail: [],
    evidence: evidenceOf(told),
  };
}
