// The hot path's account of the attributes that columns hold as they came. Benchmark: bench/ingest.ts.
import type { DictionaryColumn } from "../columns/dictionary-column.ts";
import { placesPerAttribute, valueKind, type AttributeList } from "../decode/span-view.ts";
import { readSmallInt } from "../decode/wire.ts";
import { field, fieldCount, type Field } from "../normalise/fields.ts";
import { fieldOfKey, textOfKey, type FieldSet } from "../normalise/normalise-span.ts";
import { toWord, type Word } from "../normalise/words.ts";

/** Fields whose columns take a string as it is. */
const textFields: readonly Field[] = [
  field.endpoint,
  field.userId,
  field.tenantId,
  field.sessionId,
  field.promptName,
  field.promptVersion,
  field.agentName,
  field.toolName,
];

/** Fields whose columns take a whole number as it is. */
const tokenFields: readonly Field[] = [
  field.inputTokens,
  field.outputTokens,
  field.cacheReadTokens,
  field.cacheWriteTokens,
  field.reasoningTokens,
];

/** The letter of a field's kind and its column, as the table spells them out again (schema/0001_spans.sql, `attributes`). */
const columnOf: ReadonlyMap<number, string> = new Map<number, string>([
  [field.operation, "s operation"],
  [field.provider, "s provider"],
  [field.requestModel, "s request_model"],
  [field.responseModel, "s response_model"],
  [field.finishReasons, "j finish_reasons"],
  [field.inputTokens, "i input_tokens"],
  [field.outputTokens, "i output_tokens"],
  [field.cacheReadTokens, "i cache_read_tokens"],
  [field.cacheWriteTokens, "i cache_write_tokens"],
  [field.reasoningTokens, "i reasoning_tokens"],
  [field.endpoint, "s endpoint"],
  [field.userId, "s user_id"],
  [field.tenantId, "s tenant_id"],
  [field.sessionId, "s session_id"],
  [field.promptName, "s prompt_name"],
  [field.promptVersion, "s prompt_version"],
  [field.agentName, "s agent_name"],
  [field.toolName, "s tool_name"],
]);

const mostTokens = 2 ** 32 - 1;
/** Distinct lists of keys remembered; past it the memory starts anew. */
const rememberedLists = 4096;

interface KeyList {
  readonly numbers: Uint16Array;
  readonly word: Word;
}

/** Which attributes of a span its columns hold, and the text that says so (`spans.column_attributes`). Reused span by span. */
export class ColumnAttributes {
  /** By field: 1 = its column holds the value as it came. Told anew for every span that has the field. */
  private readonly kept = new Uint8Array(fieldCount);
  private readonly numbers = new Uint16Array(fieldCount);
  private count = 0;
  private readonly lists = new Map<number, KeyList>();
  /** False for a span whose counts were worked out from something else. */
  areTokensGiven = true;

  /** Tells whether the column of a field took a word as it came. */
  keepWord(of: Field, isAsGiven: boolean): void {
    this.kept[of] = isAsGiven ? 1 : 0;
  }

  /** Marks the attributes that columns hold (`FieldSet.content`); answers how many. */
  select(bytes: Buffer, { places, count }: AttributeList, fields: FieldSet): number {
    this.keepTexts(places, fields);
    this.keepTokens(bytes, places, fields);
    this.count = 0;
    for (let index = 0; index < count; index += 1) {
      const number = fields.keyNumbers[index] ?? -1;
      if (number < 0) continue;
      const of = fieldOfKey(number);
      // Of several attributes for one field the column holds the one that is believed.
      if (this.kept[of] !== 1 || fields.places[of] !== index * placesPerAttribute) continue;
      fields.content[index] = 2;
      this.numbers[this.count++] = number;
    }
    return this.count;
  }

  private keepTexts(places: Int32Array, fields: FieldSet): void {
    for (const of of textFields) {
      const at = fields.places[of] ?? -1;
      if (at >= 0) this.kept[of] = places[at + 2] === valueKind.string ? 1 : 0;
    }
  }

  private keepTokens(bytes: Buffer, places: Int32Array, fields: FieldSet): void {
    for (const of of tokenFields) {
      const at = fields.places[of] ?? -1;
      if (at < 0) continue;
      const tokens =
        this.areTokensGiven && places[at + 2] === valueKind.int
          ? readSmallInt(bytes, places[at + 3] ?? 0)
          : undefined;
      this.kept[of] = tokens !== undefined && tokens <= mostTokens ? 1 : 0;
    }
  }

  /** Appends what `select` found. */
  append(column: DictionaryColumn): void {
    column.append(this.count === 0 ? 0 : column.internWord(this.find()));
  }

  private find(): Word {
    let hash = this.count;
    for (let index = 0; index < this.count; index += 1)
      hash = (Math.imul(hash, 31) + (this.numbers[index] ?? 0)) | 0;
    const known = this.lists.get(hash);
    return known !== undefined && this.isSame(known.numbers) ? known.word : this.remember(hash);
  }

  private isSame(numbers: Uint16Array): boolean {
    if (numbers.length !== this.count) return false;
    for (let index = 0; index < this.count; index += 1)
      if (numbers[index] !== this.numbers[index]) return false;
    return true;
  }

  private remember(hash: number): Word {
    const numbers = this.numbers.slice(0, this.count);
    const lines = Array.from(
      numbers,
      (number) => `${columnOf.get(fieldOfKey(number)) ?? ""} ${textOfKey(number)}`,
    );
    const word = toWord(lines.join("\n"));
    if (this.lists.size >= rememberedLists) this.lists.clear();
    this.lists.set(hash, { numbers, word });
    return word;
  }
}
