import type { TraceFacets } from "@spanlight/contract";
import { formatCount } from "./format.ts";
import { QUERY_COMPARISONS, QUERY_FIELDS } from "./trace-query.ts";

/** A way to go on typing: what the last word becomes. */
export interface Suggestion {
  text: string;
  note: string;
  /** The word is a filter already; otherwise a value must follow. */
  complete: boolean;
}

const MOST = 8;

/** Suggests fields for a word that has begun, and values of the facets behind a field and a colon. */
export function suggest(word: string, facets: TraceFacets | null): Suggestion[] {
  const colon = word.indexOf(":");
  if (colon > 0) return suggestValues(word, colon, facets);
  const start = word.toLowerCase();
  const fields = QUERY_FIELDS.filter((field) => field.word.startsWith(start)).map(({ word: text, hint }) => ({
    text: `${text}:`,
    note: hint,
    complete: false,
  }));
  const comparisons = QUERY_COMPARISONS.filter((comparison) => comparison.start.startsWith(start)).map(
    (comparison) => ({
      text: comparison.start,
      note: comparison.hint,
      complete: false,
    }),
  );
  return [...fields, ...comparisons].filter(({ text }) => text !== start);
}

function suggestValues(word: string, colon: number, facets: TraceFacets | null): Suggestion[] {
  const fieldWord = word.slice(0, colon).toLowerCase();
  const typed = word
    .slice(colon + 1)
    .replaceAll('"', "")
    .toLowerCase();
  const name = QUERY_FIELDS.find((field) => field.word === fieldWord)?.name;
  const values =
    name === "status"
      ? [
          { value: "ok", count: null },
          { value: "error", count: null },
        ]
      : (facets?.facets.find((facet) => facet.name === name)?.values ?? []);
  return values
    .filter(({ value }) => value.toLowerCase().includes(typed) && value.toLowerCase() !== typed)
    .slice(0, MOST)
    .map(({ value, count }) => ({
      text: `${fieldWord}:${/\s/.test(value) ? `"${value}"` : value}`,
      note: count === null ? "" : formatCount(count),
      complete: true,
    }));
}
