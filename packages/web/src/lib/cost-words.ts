import type { CostLine } from "@spanlight/contract";
import { formatCount, formatMoney } from "./format.ts";

const classNames: Record<CostLine["class"], string> = {
  input: "in",
  cache_read: "cached",
  cache_read_audio: "cached audio",
  cache_write: "cache write",
  cache_write_1h: "cache write 1 h",
  audio_input: "audio in",
  image_input: "images in",
  output: "out",
  reasoning: "reasoning",
  audio_output: "audio out",
  image_output: "images out",
  request: "request",
};

/** Dollars per million tokens: `$2.50`, `$0.075`. */
function formatPrice(usdPerMillion: number): string {
  return `$${usdPerMillion.toFixed(Math.max(2, (String(usdPerMillion).split(".")[1] ?? "").length))}`;
}

/** `1,490 in × $2.50`, one for each line of the bill; a fee without tokens is its amount. */
export function listCostTerms(lines: readonly CostLine[]): string[] {
  return lines
    .filter(({ tokens, costUsd }) => tokens > 0 || costUsd > 0)
    .map(({ class: name, tokens, usdPerMillion, costUsd }) =>
      name === "request"
        ? `${formatMoney(costUsd)} a request`
        : `${formatCount(tokens)} ${classNames[name]} × ${formatPrice(usdPerMillion)}`,
    );
}
