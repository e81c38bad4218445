import type { Span } from "@spanlight/contract";
import type { ReactNode } from "react";
import { Cost } from "../../components/trace/cost.tsx";
import { listCostTerms } from "../../lib/cost-words.ts";
import { formatCount, formatDuration, formatMoney } from "../../lib/format.ts";
import styles from "./span-facts.module.css";

/** What a span is and what it cost, a fact a line. */
export function SpanFacts({ span, startMs }: { span: Span; startMs: number }) {
  return (
    <>
      {span.status === "error" ? (
        <p className={styles.error} role="note">
          <b>{span.errorType ?? "error"}</b> {span.statusMessage}
        </p>
      ) : null}
      <dl className={styles.facts}>
        <ModelFact span={span} />
        <Fact name="Time">
          {formatDuration(span.durationMs)}, begins at {formatDuration(startMs)}
        </Fact>
        {span.ttftMs === null ? null : <Fact name="First token">{formatDuration(span.ttftMs)}</Fact>}
        <TokensFact span={span} />
        <CostFact span={span} />
        {span.toolName === null ? null : <Fact name="Tool">{span.toolName}</Fact>}
        {span.agentName === null ? null : <Fact name="Agent">{span.agentName}</Fact>}
        {span.promptName === null ? null : (
          <Fact name="Prompt">
            {[span.promptName, span.promptVersion].filter((text) => text !== null).join(" ")}
          </Fact>
        )}
        <Fact name="Service">{span.service}</Fact>
      </dl>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function ModelFact({ span }: { span: Span }) {
  const { requestModel, responseModel, finishReasons, ttftMs } = span;
  const model = responseModel ?? requestModel;
  if (model === null) return null;
  const words = [model, finishReasons.join(", "), ttftMs === null ? "" : "streamed"].filter(
    (word) => word !== "",
  );
  const differs = requestModel !== null && responseModel !== null && requestModel !== responseModel;
  return (
    <Fact name={responseModel === null ? "Model" : "Answered by"}>
      {words.join(" · ")}
      {differs ? <span className={styles.hint}> (asked for {requestModel})</span> : null}
    </Fact>
  );
}

function TokensFact({ span }: { span: Span }) {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens, usageEstimated } =
    span;
  if (inputTokens === null && outputTokens === null) return null;
  const inNotes = [
    ...((cacheReadTokens ?? 0) > 0 ? [`${formatCount(cacheReadTokens)} cached`] : []),
    ...((cacheWriteTokens ?? 0) > 0 ? [`${formatCount(cacheWriteTokens)} written to the cache`] : []),
  ];
  return (
    <Fact name="Tokens">
      {formatCount(inputTokens)} in{inNotes.length === 0 ? "" : ` (${inNotes.join(", ")})`} →{" "}
      {formatCount(outputTokens)} out
      {(reasoningTokens ?? 0) > 0 ? ` (${formatCount(reasoningTokens)} reasoning)` : ""}
      {usageEstimated ? (
        <span className={styles.hint}> estimated: the provider did not report them</span>
      ) : null}
    </Fact>
  );
}

function CostFact({ span }: { span: Span }) {
  if (span.unpriced) {
    return (
      <Fact name="Cost">
        <Cost costUsd={null} unpricedSpans={1} />{" "}
        <span className={styles.hint}>
          unpriced: no price is known for {span.responseModel ?? span.requestModel ?? "it"}
        </span>
      </Fact>
    );
  }
  if (span.costUsd === null) return null;
  const terms = listCostTerms(span.costLines);
  return (
    <Fact name="Cost">
      {terms.length === 0
        ? null
        : `${terms.join(" + ")}${terms.some((term) => term.includes("×")) ? " per M" : ""} = `}
      <b>{formatMoney(span.costUsd)}</b>
      {span.billed ? null : <span className={styles.hint}> repeats what its children cost</span>}
      {span.pricedBy?.source === "reported" ? (
        <span className={styles.hint}> as its sender says: no price is known here</span>
      ) : null}
    </Fact>
  );
}
