import { valueKind } from "../decode/span-view.ts";
import { emptyWord, finishReasonArrays, finishReasonTexts, type Word } from "../normalise/words.ts";

/** The finish reasons of a call, comma-separated, from the attribute at `at` (-1 = none): an array, or a text. */
export function readFinishReasons(bytes: Buffer, places: Int32Array, at: number): Word {
  if (at < 0) return emptyWord;
  const start = places[at + 3] ?? 0;
  const end = places[at + 4] ?? 0;
  if (places[at + 2] === valueKind.array) return finishReasonArrays.find(bytes, start, end);
  return places[at + 2] === valueKind.string ? finishReasonTexts.find(bytes, start, end) : emptyWord;
}
