/**
 * Cuts text where a byte-pair tokenizer roughly would: short words with their leading space, long words in
 * pieces, punctuation by itself. Joined again the pieces are the text; English comes to about 4 characters a token.
 */
export function splitTokens(text: string): string[] {
  return text.match(/ ?\p{L}{1,6}|\p{L}+| ?\d{1,3}|[^\p{L}\d\s]{1,2}|\s{1,4}/gu) ?? [];
}

/** Tokens of a text, for usage and limits. */
export function countTokens(text: string): number {
  return splitTokens(text).length;
}
