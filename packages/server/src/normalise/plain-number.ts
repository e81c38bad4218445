/** No blanks around it, no other base. */
const plainNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A text as the store's `toFloat64OrZero` reads it; undefined where that reads nothing. */
export function readPlainNumber(text: string): number | undefined {
  return plainNumber.test(text) ? Number(text) : undefined;
}
