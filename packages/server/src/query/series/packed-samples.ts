/** Samples of one series. Values are copied bit by bit: a staleness marker must stay one. */
export interface SampleColumns {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

/** Pairs of time and value from base64. */
export function unpackSamples(text: string): Float64Array {
  const bytes = Buffer.from(text, "base64");
  if (bytes.byteOffset % 8 === 0) return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length >> 3);
  const copy = new Uint8Array(bytes);
  return new Float64Array(copy.buffer, 0, copy.length >> 3);
}

/** Halves of doubles: copied as numbers, what kind of NaN one is could get lost. */
function readWords(numbers: Float64Array): Uint32Array {
  return new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length * 2);
}

interface Target extends SampleColumns {
  readonly words: Uint32Array;
}

function createTarget(size: number): Target {
  const values = new Float64Array(size);
  return { timestampsMs: new Float64Array(size), values, words: readWords(values) };
}

/** Where runs of rising times begin, and where the last one ends. */
function findRuns(pairs: Float64Array): Array<{ readonly from: number; readonly to: number }> {
  const starts: number[] = [];
  for (let at = 0; at < pairs.length; at += 2) {
    if (at === 0 || (pairs[at] ?? 0) <= (pairs[at - 2] ?? 0)) starts.push(at);
  }
  const runs = starts.map((from, index) => ({ from, to: starts[index + 1] ?? pairs.length }));
  return runs.length === 1
    ? runs
    : runs.toSorted((left, right) => (pairs[left.from] ?? 0) - (pairs[right.from] ?? 0));
}

/**
 * Samples that come in runs, one of each part of a table, put in order of time. Null where runs overlap or a time comes
 * twice: then somebody who knows the order of arrival has to say.
 */
export function joinRuns(pairs: Float64Array): SampleColumns | null {
  const words = readWords(pairs);
  const { timestampsMs, values, words: target } = createTarget(pairs.length / 2);
  let kept = 0;
  for (const { from, to } of findRuns(pairs)) {
    if (kept > 0 && (pairs[from] ?? 0) <= (timestampsMs[kept - 1] ?? 0)) return null;
    for (let at = from; at < to; at += 2) {
      timestampsMs[kept] = pairs[at] ?? 0;
      target[kept * 2] = words[at * 2 + 2] ?? 0;
      target[kept * 2 + 1] = words[at * 2 + 3] ?? 0;
      kept += 1;
    }
  }
  return { timestampsMs, values };
}

/** Samples in order of time and arrival: of those with one time the last counts. */
export function keepNewest(pairs: Float64Array): SampleColumns {
  const words = readWords(pairs);
  const { timestampsMs, values, words: target } = createTarget(pairs.length / 2);
  let kept = 0;
  for (let at = 0; at < pairs.length; at += 2) {
    if (kept === 0 || timestampsMs[kept - 1] !== pairs[at]) kept += 1;
    timestampsMs[kept - 1] = pairs[at] ?? 0;
    target[kept * 2 - 2] = words[at * 2 + 2] ?? 0;
    target[kept * 2 - 1] = words[at * 2 + 3] ?? 0;
  }
  return { timestampsMs: timestampsMs.subarray(0, kept), values: values.subarray(0, kept) };
}
