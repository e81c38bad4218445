// The hot path's reading of one span: which attribute says what. Positions only; benchmark: bench/ingest.ts.
import { placesPerAttribute, valueKind, type AttributeList } from "../decode/span-view.ts";
import { billingKeys } from "./billing-keys.ts";
import type { Dialect } from "./dialect.ts";
import { dialects } from "./dialects.ts";
import { field, fieldCount, firstDerivedField, type Field } from "./fields.ts";
import { KeyTable } from "./key-table.ts";
import { plainKeys } from "./plain-keys.ts";
import { scoreMarks } from "./span-scores.ts";
import { emptyWord, toWord, type Word } from "./words.ts";

/** What every dialect may say for the bill: nobody's words in particular. */
const billing: Dialect = {
  name: "",
  keys: Object.values(billingKeys).flatMap((keys) =>
    keys.map((key): [string, Field] => [key, field.billingDetail]),
  ),
  contentPrefixes: [],
};

/** Keys that tell of verdicts: nobody's words in particular either. */
const scores: Dialect = {
  name: "",
  keys: scoreMarks.map((key): [string, Field] => [key, field.scoreMark]),
  contentPrefixes: [],
};

const keyTable = new KeyTable([...dialects, billing, scores], plainKeys);

/** How many numbers `FieldSet.keyNumbers` can hold. */
export const knownKeyCount: number = keyTable.size;

/** What the key of the number says. */
export function fieldOfKey(number: number): number {
  return keyTable.fields[number] ?? field.none;
}

/** The key of the number. */
export function textOfKey(number: number): string {
  return keyTable.textOf(number);
}

const dialectWords = dialects.map((dialect) => toWord(dialect.name));

/** Fields that tell which dialect a span was written in, the surest first. */
const tellingFields: readonly Field[] = [
  field.operationId,
  field.spanKind,
  field.operation,
  field.provider,
  field.requestModel,
  field.inputTokens,
  field.toolName,
  field.agentName,
];

/** The attributes of one span sorted by what they say. Reused: valid until the next `read`. */
export class FieldSet {
  /** Place (an index into `AttributeList.places`) of each field's attribute, or -1. */
  readonly places: Int32Array = new Int32Array(fieldCount);
  /** One byte per attribute: 1 = content, 2 = a column holds it as it came (`ColumnAttributes`). */
  content: Uint8Array = new Uint8Array(256);
  /** Per attribute the number of its key in the table of known keys, or -1. */
  keyNumbers: Int32Array = new Int32Array(256);
  contentCount = 0;
  /** True where a field has to be worked out (`DerivedFields`). */
  hasDerived = false;
  /** True where an attribute says something for the bill (`readSpanBilling`). */
  hasBilling = false;
  private readonly ranks = new Int32Array(fieldCount);
  private readonly dialectOf = new Int32Array(fieldCount);

  read(bytes: Buffer, attributes: AttributeList): void {
    this.places.fill(-1);
    this.contentCount = 0;
    this.hasDerived = false;
    this.hasBilling = false;
    if (this.content.length < attributes.count) {
      this.content = new Uint8Array(attributes.count * 2);
      this.keyNumbers = new Int32Array(attributes.count * 2);
    }
    for (let index = 0; index < attributes.count; index += 1) {
      this.content[index] = this.readAttribute(bytes, attributes.places, index);
    }
  }

  has(wanted: Field): boolean {
    return (this.places[wanted] ?? -1) >= 0;
  }

  /** Lets an attribute say what another field is about, in its own dialect. */
  adopt(wanted: Field, from: Field): void {
    this.places[wanted] = this.places[from] ?? -1;
    this.dialectOf[wanted] = this.dialectOf[from] ?? 0;
  }

  /** Lets nothing be said of a field. */
  forget(wanted: Field): void {
    this.places[wanted] = -1;
  }

  /** Name of the dialect the span was written in; empty for a span that says nothing of language models. */
  dialect(): Word {
    for (const telling of tellingFields) {
      if (this.has(telling)) return dialectWords[this.dialectOf[telling] ?? 0] ?? emptyWord;
    }
    return emptyWord;
  }

  private readAttribute(bytes: Buffer, places: Int32Array, index: number): 0 | 1 {
    const at = index * placesPerAttribute;
    const number = keyTable.find(bytes, places[at] ?? 0, places[at + 1] ?? 0, index);
    this.keyNumbers[index] = number < keyTable.size ? number : -1;
    if (number < 0 || places[at + 2] === valueKind.none) return 0;
    const known = keyTable.fields[number] ?? 0;
    if (known === field.none) return 0;
    if (known === field.billingDetail) {
      this.hasBilling = true;
      return 0;
    }
    if (known === field.content) {
      this.contentCount += 1;
      return 1;
    }
    this.believe(number, known, at);
    return 0;
  }

  /** Of several attributes for one field the one of the lower rank stays. */
  private believe(number: number, known: number, at: number): void {
    if (known >= firstDerivedField) this.hasDerived = true;
    const rank = keyTable.ranks[number] ?? 0;
    if ((this.places[known] ?? -1) < 0 || rank < (this.ranks[known] ?? 0)) {
      this.places[known] = at;
      this.ranks[known] = rank;
      this.dialectOf[known] = keyTable.dialects[number] ?? 0;
    }
  }
}
