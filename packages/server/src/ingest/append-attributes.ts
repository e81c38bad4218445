import type { MapColumn } from "../columns/map-column.ts";
import type { StringColumn } from "../columns/string-column.ts";
import { placesPerAttribute, type AttributeList } from "../decode/span-view.ts";
import type { FieldSet } from "../normalise/normalise-span.ts";
import { appendValue, typeLetter } from "./append-value.ts";
import type { KeyInterner } from "./key-interner.ts";

/** The columns that hold the attributes of a row. */
export interface AttributeColumns {
  readonly attributes: MapColumn;
  readonly attributeTypes: StringColumn;
  readonly keys: KeyInterner;
}

/** Appends a row's attributes, all of them or those that carry no content. */
export function appendAttributes(
  columns: AttributeColumns,
  bytes: Buffer,
  item: { readonly attributes: AttributeList; readonly fields: FieldSet; readonly withContent: boolean },
): void {
  const { attributes, attributeTypes, keys } = columns;
  const { places, count } = item.attributes;
  const { content, keyNumbers, contentCount } = item.fields;
  const types = attributeTypes.store;
  types.appendVarint(item.withContent ? count : count - contentCount);
  types.reserve(count);
  for (let index = 0; index < count; index += 1) {
    if (!item.withContent && content[index] === 1) continue;
    const at = index * placesPerAttribute;
    attributes.keys.append(keys.intern(bytes, { places, at, number: keyNumbers[index] ?? -1 }));
    appendValue(attributes.values, bytes, places, at);
    types.bytes[types.length++] = typeLetter(places, at);
  }
  attributes.endRow();
}
