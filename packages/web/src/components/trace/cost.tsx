import { formatMoney, NOT_KNOWN } from "../../lib/format.ts";

interface CostProps {
  costUsd: number | null;
  /** Spans with tokens and no known price. */
  unpricedSpans?: number;
}

/** Money; `–` and the word "unpriced" where no price is known, a `+` where only a part is. */
export function Cost({ costUsd, unpricedSpans = 0 }: CostProps) {
  if (costUsd === null) {
    return unpricedSpans > 0 ? (
      <span title="unpriced: no price is known for its model">
        {NOT_KNOWN}
        <span className="visually-hidden"> unpriced</span>
      </span>
    ) : (
      <span title="no cost">{NOT_KNOWN}</span>
    );
  }
  if (unpricedSpans === 0) return formatMoney(costUsd);
  const note = `at least: ${unpricedSpans} more ${unpricedSpans === 1 ? "call is" : "calls are"} unpriced`;
  return <span title={note}>{formatMoney(costUsd)}+</span>;
}
