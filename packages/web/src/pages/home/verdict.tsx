import { useTraceSample } from "../../api/use-trace-sample.ts";
import { LEAST_CALLS } from "../../lib/assess-steps.ts";
import { joinClasses } from "../../lib/class-names.ts";
import { formatCount } from "../../lib/format.ts";
import { toEpochMs } from "../../lib/instant.ts";
import type { Period } from "../../lib/time-range.ts";
import { tracesAddress } from "../../lib/traces-link.ts";
import { addressOf, sharedView, type View } from "../../lib/view.ts";
import { ButtonLink } from "../../components/core/button.tsx";
import { StatusDot } from "../../components/core/badge.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import type { HomeFigures } from "./use-home.ts";
import styles from "./verdict.module.css";
import { evidenceOf, putIntoWords } from "./verdict-words.ts";

const MINUTE_MS = 60_000;

/** The period to whole minutes, so that the question stays the same while figures are read every few seconds. */
function toWholeMinutes({ fromMs, toMs }: Period): Period {
  return { fromMs, toMs: Math.ceil(toMs / MINUTE_MS) * MINUTE_MS };
}

/** The first line of Home: what is wrong, since when, whose it is; or that all is well. */
export function VerdictLine({ figures, view }: { figures: HomeFigures; view: View }) {
  const { assessment } = figures;
  const { now, before, byErrorType } = figures.judged;
  const evidence = evidenceOf(assessment);
  const shared = sharedView(view).filters;
  const sample = useTraceSample(evidence === null ? null : toWholeMinutes(evidence.period), {
    ...shared,
    ...evidence?.filters,
  });
  const verdict = putIntoWords(assessment, {
    view,
    nowMs: toEpochMs(now.to),
    isWholeRange: figures.judged.now === figures.now,
    hasBefore: (before?.totals.requests ?? 0) >= LEAST_CALLS,
    byErrorType,
    sample,
  });
  if (verdict === null) return null;
  return (
    <section
      className={joinClasses(styles.verdict, styles[verdict.tone === "early" ? "well" : verdict.tone])}
      aria-label="State"
    >
      <div className={styles.words}>
        <p className={styles.sentence}>
          {verdict.tone === "well" ? <StatusDot tone="ok" /> : null}
          {verdict.tone === "well" ? " " : null}
          {verdict.sentence.map(({ text, strong }) => (strong === true ? <b key={text}>{text}</b> : text))}
        </p>
        {verdict.detail.map((line) => (
          <p key={line} className={styles.detail}>
            {line}
          </p>
        ))}
      </div>
      {verdict.evidence === null ? null : (
        <ButtonLink
          look="strong"
          href={tracesAddress(view, verdict.evidence.filters, verdict.evidence.period)}
        >
          {["Open", sample === null ? "the" : formatCount(sample.count), verdict.evidence.word, "traces"]
            .filter((word) => word !== "")
            .join(" ")}
        </ButtonLink>
      )}
      {assessment.state === "silent" ? (
        <ButtonLink href={addressOf("/settings/ingest", sharedView(view))}>See what arrives</ButtonLink>
      ) : null}
    </section>
  );
}

/** Holds the place of the line while it loads. */
export function VerdictSkeleton() {
  return (
    <section className={joinClasses(styles.verdict, styles.well)} aria-hidden="true">
      <Skeleton height={20} width="min(380px, 80%)" />
    </section>
  );
}
