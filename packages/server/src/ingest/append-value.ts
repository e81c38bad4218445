import type { DictionaryColumn } from "../columns/dictionary-column.ts";
import type { StringColumn } from "../columns/string-column.ts";
import { readValue } from "../decode/read-value.ts";
import { valueKind } from "../decode/span-view.ts";

/** One letter per kind of value (`spans.attribute_types`): how the text of an attribute turns back into what was sent. */
const typeLetters: readonly string[] = ["s", "s", "b", "i", "d", "j", "j", "x"];

/** Appends an attribute's value as text and returns the letter of its type. */
export function appendValue(column: StringColumn, bytes: Buffer, places: Int32Array, at: number): string {
  const kind = places[at + 2] ?? 0;
  if (kind === valueKind.string) column.append(bytes, places[at + 3] ?? 0, places[at + 4] ?? 0);
  else column.appendText(toText(bytes, places, at));
  return typeLetters[kind] ?? "s";
}

/** Appends the value of the attribute at `at`, or an empty string where the field is absent. */
export function appendOptional(column: StringColumn, bytes: Buffer, places: Int32Array, at: number): void {
  if (at < 0) column.appendEmpty();
  else appendValue(column, bytes, places, at);
}

/** The dictionary number of the attribute's value, or 0 where the field is absent. */
export function internOptional(
  column: DictionaryColumn,
  bytes: Buffer,
  places: Int32Array,
  at: number,
): number {
  if (at < 0) return 0;
  if (places[at + 2] !== valueKind.string) return column.dictionary.internText(toText(bytes, places, at));
  return column.dictionary.intern(bytes, places[at + 3] ?? 0, places[at + 4] ?? 0);
}

function toText(bytes: Buffer, places: Int32Array, at: number): string {
  const value = readValue(bytes, places, at);
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
