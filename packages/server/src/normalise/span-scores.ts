// Verdicts that a span carries itself, whoever gave them. Source: GenAI conventions v1.41 (`gen_ai.evaluation.*`, as an event or as
// attributes); OpenInference (`evaluations.N.evaluation.*`, `annotations.N.annotation.*`, also of its trace and its session).
import { evaluationResultEvent, genAi } from "@spanlight/conventions";
import type { SpanEventRecord } from "../decode/read-events.ts";
import type { AttributeValue } from "../decode/read-value.ts";

type Attributes = Readonly<Record<string, AttributeValue>>;

export interface SpanScore {
  /** Whose it is. */
  readonly of: "span" | "trace" | "session";
  /** Unix nanoseconds in decimal; undefined = as the span's end. */
  readonly timeNs: string | undefined;
  /** What tells it from the span's other ones; empty = its time. */
  readonly place: string;
  /** In the words of the event `gen_ai.evaluation.result`. */
  readonly attributes: Attributes;
}

/** Keys of which one at least is there where a span carries a verdict among its attributes. */
export const scoreMarks: readonly string[] = [
  genAi.evaluationName,
  ...["", "trace.", "session."].flatMap((of) => [
    `${of}evaluations.0.evaluation.name`,
    `${of}annotations.0.annotation.name`,
  ]),
];

/** Starts of the keys of verdicts. */
export const scorePrefixes: readonly string[] = ["", "trace.", "session."].flatMap((of) => [
  `${of}evaluations.`,
  `${of}annotations.`,
]);

const names: Readonly<Record<string, string>> = {
  name: genAi.evaluationName,
  score: genAi.evaluationScoreValue,
  label: genAi.evaluationScoreLabel,
  explanation: genAi.evaluationExplanation,
  annotator_kind: "spanlight.score.source",
};

/** What the events of a span say of it. */
export function readEventScores(events: readonly SpanEventRecord[]): SpanScore[] {
  return events
    .filter(({ name, attributes }) => name === evaluationResultEvent && genAi.evaluationName in attributes)
    .map(({ timeNs, attributes }) => ({ of: "span", timeNs, place: "", attributes }));
}

/** What the attributes of a span say of it. */
export function readAttributeScores(attributes: Attributes): SpanScore[] {
  const own = Object.entries(attributes).filter(([key]) => key.startsWith("gen_ai.evaluation."));
  const scores = readListed(attributes);
  if (genAi.evaluationName in attributes)
    scores.push({ of: "span", timeNs: undefined, place: "own", attributes: Object.fromEntries(own) });
  return scores;
}

function readListed(attributes: Attributes): SpanScore[] {
  const listed = new Map<string, { of: SpanScore["of"]; said: Record<string, AttributeValue> }>();
  for (const [key, value] of Object.entries(attributes)) {
    const match =
      /^((?:(trace|session)\.)?(?:evaluations|annotations)\.\d+)\.(?:evaluation|annotation)\.(\w+)$/.exec(
        key,
      );
    const name = names[match?.[3] ?? ""];
    if (match === null || name === undefined) continue;
    const [, place = "", of = "span"] = match;
    const score = listed.get(place) ?? { of: of === "trace" || of === "session" ? of : "span", said: {} };
    score.said[name] = value;
    listed.set(place, score);
  }
  return [...listed]
    .filter(([, { said }]) => genAi.evaluationName in said)
    .map(([place, { of, said }]) => ({ of, timeNs: undefined, place, attributes: said }));
}
