import { NativeFormatError } from "../errors.ts";
import { ByteCursor } from "./byte-cursor.ts";
import type { ColumnBlock, Column } from "./column.ts";
import { parseType } from "./parse-type.ts";

/**
 * Reads whole blocks in ClickHouse's `Native` format. Columns may share the memory of `bytes`, which must not change
 * afterwards. Throws `NativeFormatError` where bytes are missing or a type is not known.
 */
export function readBlocks(bytes: Uint8Array): ColumnBlock[] {
  const cursor = new ByteCursor(bytes);
  const blocks: ColumnBlock[] = [];
  while (!cursor.isAtEnd) blocks.push(readBlock(cursor));
  return blocks;
}

function readBlock(cursor: ByteCursor): ColumnBlock {
  const width = cursor.varint();
  const rows = cursor.varint();
  const columns = new Map<string, Column>();
  for (let index = 0; index < width; index += 1) {
    const name = cursor.text();
    const reader = parseType(cursor.text());
    if (rows > 0) reader.readPrefix(cursor);
    columns.set(name, reader.readValues(cursor, rows));
  }
  return { rows, columns };
}

/** A column of a block by its name in the SELECT list. */
export function columnOf(block: ColumnBlock, name: string): Column {
  const column = block.columns.get(name);
  if (column === undefined) throw new NativeFormatError(`the engine's answer has no column ${name}`);
  return column;
}
