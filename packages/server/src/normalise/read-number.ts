import { readSmallInt } from "../decode/wire.ts";
import { valueKind } from "../decode/span-view.ts";

/** Reads an attribute as a number; -1 when it is none or negative. Numbers sent as text count. */
export function readNumber(bytes: Buffer, places: Int32Array, at: number): number {
  const start = places[at + 3] ?? 0;
  switch (places[at + 2]) {
    case valueKind.int:
      return readSmallInt(bytes, start) ?? -1;
    case valueKind.double:
      return positiveOrNone(bytes.readDoubleLE(start));
    case valueKind.string:
      return readTextNumber(bytes.toString("latin1", start, places[at + 4]));
    default:
      return -1;
  }
}

function readTextNumber(text: string): number {
  return text.trim() === "" ? -1 : positiveOrNone(Number(text));
}

function positiveOrNone(value: number): number {
  return value >= 0 && Number.isFinite(value) ? value : -1;
}

const maxTokens = 2 ** 32 - 1;

/** Reads an attribute as a token count; -1 when it is none. */
export function readTokens(bytes: Buffer, places: Int32Array, at: number): number {
  if (at < 0) return -1;
  const value = readNumber(bytes, places, at);
  return value < 0 ? -1 : Math.min(maxTokens, Math.trunc(value));
}
