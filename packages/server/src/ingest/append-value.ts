import type { DictionaryColumn } from "../columns/dictionary-column.ts";
import type { StringColumn } from "../columns/string-column.ts";
import { Vocabulary } from "../columns/vocabulary.ts";
import { readValue } from "../decode/read-value.ts";
import { valueKind } from "../decode/span-view.ts";
import { readSmallInt } from "../decode/wire.ts";

/** One letter per kind of value (`spans.attribute_types`): how the text of an attribute turns back into what was sent. */
const typeLetters: Buffer = Buffer.from("ssbidjjx", "latin1");

/** The letter (as a byte) that says what kind of value the text of an attribute was. */
export function typeLetter(places: Int32Array, at: number): number {
  return typeLetters[places[at + 2] ?? 0] ?? 0;
}

/** Appends an attribute's value as text. */
export function appendValue(column: StringColumn, bytes: Buffer, places: Int32Array, at: number): void {
  const kind = places[at + 2];
  if (kind === valueKind.string) {
    column.append(bytes, places[at + 3] ?? 0, places[at + 4] ?? 0);
    return;
  }
  const small = kind === valueKind.int ? readSmallInt(bytes, places[at + 3] ?? 0) : undefined;
  if (small === undefined) column.appendText(toText(bytes, places, at));
  else column.appendDecimal(small);
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

/** Arrays up to this many bytes (finish reasons, stop sequences) repeat: their text is worked out once. */
const rememberedArrayBytes = 64;

const arrayTexts = new Vocabulary((bytes, start, end): string => {
  const places = Int32Array.of(0, 0, valueKind.array, start, end);
  return JSON.stringify(readValue(bytes, places, 0));
}, 4096);

/** Temperatures and shares repeat: the shortest text that is read as the same number takes longer to find than all else of it. */
const doubleTexts = new Vocabulary((bytes, start): string => String(bytes.readDoubleLE(start)), 4096);

function toText(bytes: Buffer, places: Int32Array, at: number): string {
  const start = places[at + 3] ?? 0;
  const end = places[at + 4] ?? 0;
  if (places[at + 2] === valueKind.double) return doubleTexts.find(bytes, start, end);
  if (places[at + 2] === valueKind.array && end - start <= rememberedArrayBytes)
    return arrayTexts.find(bytes, start, end);
  const value = readValue(bytes, places, at);
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Appends a token count; a negative one is none. */
export function appendTokens(
  column: { appendNull(): void; appendUint32(value: number): void },
  tokens: number,
): void {
  if (tokens < 0) column.appendNull();
  else column.appendUint32(tokens);
}
