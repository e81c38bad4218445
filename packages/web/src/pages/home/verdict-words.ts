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
  /** `early`: nothing is wrong that can be told yet. */
  tone: "bad" | "warn" | "well" | "early";
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
  if (assessment.state === "empty" || assessment.state === "well" || assessment.state === "silent")
    return null;
  const period = { fromMs: assessment.sinceMs, toMs: assessment.untilMs };
  const where: Filters = {
    ...(assessment.endpoint === null ? {} : { endpoint: assessment.endpoint.name }),
    ...(assessment.model === null ? {} : { model: assessment.model.name }),
  };
  switch (assessment.state) {
    case "slow":
    case "long":
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
      return tellWell(assessment, context);
    case "slow":
      return tellSlow(assessment, context);
    case "long":
      return tellLong(assessment, context);
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

function tellWell(told: Told<"well">, context: VerdictContext): Verdict {
  const { p95Ms, costUsdPerHour, errorRatio, unpriced } = told;
  const facts = [
    ...(p95Ms === null ? [] : [`p95 ${formatDuration(p95Ms)}`]),
    ...(costUsdPerHour === null ? [] : [`${formatMoney(costUsdPerHour)} an hour`]),
    `${formatPercent(errorRatio)} errors`,
  ];
  return {
    tone: told.baseline === "none" ? "early" : "well",
    sentence: [stress(openWell(told, context)), say(facts.join(", "))],
    detail: [
      ...tellBaseline(told, context),
      ...(unpriced === 0 ? [] : [`${plural(unpriced, "call")} without a known price`]),
    ],
    evidence: null,
  };
}

function openWell({ baseline }: Told<"well">, { view }: VerdictContext): string {
  if (baseline === "compared") return "All well: ";
  if (baseline === "range") return "Steady: ";
  return view.range.kind === "between" ? "In this range: " : "First figures: ";
}

/** What a calm sentence rests on, where that is less than the range it should be compared with. */
function tellBaseline({ baseline, sinceMs }: Told<"well">, { view, nowMs }: VerdictContext): string[] {
  if (baseline === "compared") return [];
  const missing = missingWords[view.against];
  if (baseline === "range") return missing === null ? [] : [`${missing} to compare with`];
  if (view.range.kind === "between") return ["too short a range to tell what is normal"];
  const since = sinceMs === null ? "" : ` since ${formatMoment(sinceMs, nowMs)}`;
  return [`calls${since}, too few yet to tell what is normal`];
}

const missingWords = {
  yesterday: "no calls yesterday",
  week: "no calls a week ago",
  previous: "no calls in the period before",
  nothing: null,
};

/** Slow by any measure, with nothing that says whether it has always been so. */
function tellLong(told: Told<"long">, context: VerdictContext): Verdict {
  const culprit = told.endpoint ?? told.model;
  const limit = formatDuration(told.thresholdMs);
  const opening =
    culprit === null
      ? [stress("Model calls take long:"), say(" p95 is ")]
      : [
          stress(`${culprit.name} takes long:`),
          say(` it makes ${formatPercent(culprit.share)} of the calls above ${limit} and lifts p95 to `),
        ];
  return {
    tone: "warn",
    sentence: [
      ...opening,
      stress(formatDuration(told.p95Ms)),
      say(`, ${sinceWords(told, context)}. `),
      ...blameTime(context.sample, told.model?.name ?? null),
    ],
    detail: [
      "Nothing earlier says whether that is normal here.",
      ...tellErrors(context.byErrorType, told.sinceMs),
    ],
    evidence: evidenceOf(told),
  };
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
  network: "the connection to the provider fails",
  request: "the provider refuses what we send",
};

function tellFailing(told: Told<"failing">, context: VerdictContext): Verdict {
  const subject = told.endpoint?.name ?? told.model?.name ?? "Model calls";
  const is = subject === "Model calls" ? "are" : "is";
  const { normalRatio } = told;
  const normal = normalRatio === null ? "" : `, ${formatPercent(normalRatio)} ${normalWords(context)}`;
  return {
    tone: told.errorRatio >= 0.05 ? "bad" : "warn",
    sentence: [
      stress(`${subject} ${is} failing:`),
      say(" "),
      stress(formatPercent(told.errorRatio)),
      say(` of all calls end in an error ${sinceWords(told, context)}${normal}. `),
      ...blameErrors(told),
    ],
    detail: tellErrors(context.byErrorType, told.sinceMs),
    evidence: evidenceOf(told),
  };
}

/** What most of the errors are, and so whose they are. */
function blameErrors({ errorType, model }: Told<"failing">): Words[] {
  if (errorType === null) return [];
  const blame = blameFor(errorType.name);
  const whose =
    blame === null ? "" : `: ${blameWords[blame]}${model === null ? "" : `, model ${model.name}`}`;
  return [
    stress(formatPercent(errorType.share)),
    say(" of the errors are "),
    stress(errorType.name),
    say(`${whose}.`),
  ];
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
