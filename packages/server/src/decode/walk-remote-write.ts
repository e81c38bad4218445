// Walks a WriteRequest of Prometheus remote write 1.0. Source: prometheus/prompb, remote.proto and types.proto.
import { RangeList } from "./span-view.ts";
import { Cursor, readInt64 } from "./wire.ts";

/** Name and value of a label, as places in the request's bytes. */
export class LabelList {
  places: Int32Array = new Int32Array(64 * 4);
  count = 0;

  push(nameStart: number, nameEnd: number, value: { start: number; end: number }): void {
    const at = this.count * 4;
    if (at === this.places.length) {
      const larger = new Int32Array(this.places.length * 2);
      larger.set(this.places);
      this.places = larger;
    }
    this.places.set([nameStart, nameEnd, value.start, value.end], at);
    this.count += 1;
  }

  read(bytes: Buffer): [name: string, value: string][] {
    return Array.from({ length: this.count }, (_, index) => {
      const at = index * 4;
      return [
        bytes.toString("utf8", this.places[at], this.places[at + 1]),
        bytes.toString("utf8", this.places[at + 2], this.places[at + 3]),
      ];
    });
  }
}

/** One TimeSeries message. Reused by the walker: read it inside the visit only. */
export class TimeSeriesView {
  /** Of the labels as they stand in the message; they follow one another in every sender known, and need not. */
  readonly labels: LabelList = new LabelList();
  readonly labelRanges: RangeList = new RangeList();
  readonly samples: RangeList = new RangeList();
  readonly exemplars: RangeList = new RangeList();
  nativeHistograms = 0;

  clear(): void {
    this.labels.count = 0;
    this.labelRanges.count = 0;
    this.samples.count = 0;
    this.exemplars.count = 0;
    this.nativeHistograms = 0;
  }
}

export interface WrittenMetadata {
  /** 0 unknown, 1 counter, 2 gauge, 3 histogram, 4 gauge histogram, 5 summary, 6 info, 7 state set. */
  readonly type: number;
  readonly family: string;
  readonly help: string;
  readonly unit: string;
}

export interface RemoteWriteVisitor {
  timeSeries(bytes: Buffer, series: TimeSeriesView): void;
  metadata(metadata: WrittenMetadata): void;
}

/** A sample or an exemplar: where the eight bytes of its value stand (-1 = zero), and Unix milliseconds. */
export interface WrittenSample {
  readonly valueAt: number;
  readonly timeMs: number;
}

const view = new TimeSeriesView();

/** Visits every series of the request. Throws MalformedRequestError for bytes that are no such message. */
export function walkRemoteWrite(bytes: Buffer, visitor: RemoteWriteVisitor): void {
  const cursor = new Cursor(bytes);
  while (cursor.position < cursor.end) {
    const tag = cursor.varint();
    if (tag === 0x0a) {
      view.clear();
      inMessage(cursor, () => walkTimeSeries(cursor));
      visitor.timeSeries(bytes, view);
    } else if (tag === 0x1a) visitor.metadata(walkMetadata(cursor));
    else if (tag >>> 3 === 0) cursor.fail("there is no field 0"); // zeros behind a body that was cut before it was compressed
    else cursor.skipField(tag);
  }
}

function walkTimeSeries(cursor: Cursor): void {
  while (cursor.position < cursor.end) {
    const tag = cursor.varint();
    if (tag === 0x0a) {
      const start = cursor.position;
      inMessage(cursor, () => walkLabel(cursor, view.labels));
      view.labelRanges.push(start, cursor.position);
    } else if (tag === 0x12) keepRange(cursor, view.samples);
    else if (tag === 0x1a) keepRange(cursor, view.exemplars);
    else {
      if (tag === 0x22) view.nativeHistograms += 1;
      cursor.skipField(tag);
    }
  }
}

function walkLabel(cursor: Cursor, labels: LabelList): void {
  const name = { start: cursor.position, end: cursor.position };
  const value = { start: cursor.position, end: cursor.position };
  while (cursor.position < cursor.end) {
    const tag = cursor.varint();
    if (tag !== 0x0a && tag !== 0x12) {
      cursor.skipField(tag);
      continue;
    }
    const place = tag === 0x0a ? name : value;
    place.end = cursor.contentEnd();
    place.start = cursor.position;
    cursor.position = place.end;
  }
  labels.push(name.start, name.end, value);
}

function keepRange(cursor: Cursor, ranges: RangeList): void {
  const end = cursor.contentEnd();
  ranges.push(cursor.position, end);
  cursor.position = end;
}

/** Reads a Sample message. */
export function readSample(bytes: Buffer, start: number, end: number): WrittenSample {
  return readTimed(bytes, { start, end }, { value: 0x09, time: 0x10, label: -1 }).sample;
}

/** Reads an Exemplar message. */
export function readWrittenExemplar(
  bytes: Buffer,
  start: number,
  end: number,
): { sample: WrittenSample; labels: [string, string][] } {
  const { sample, labels } = readTimed(bytes, { start, end }, { value: 0x11, time: 0x18, label: 0x0a });
  return { sample, labels: labels.read(bytes) };
}

function readTimed(
  bytes: Buffer,
  range: { start: number; end: number },
  tags: { value: number; time: number; label: number },
): { sample: WrittenSample; labels: LabelList } {
  const cursor = new Cursor(bytes);
  cursor.position = range.start;
  cursor.end = range.end;
  const labels = new LabelList();
  let valueAt = -1;
  let timeMs = 0;
  while (cursor.position < range.end) {
    const tag = cursor.varint();
    const at = cursor.position;
    if (tag === tags.label) inMessage(cursor, () => walkLabel(cursor, labels));
    else {
      cursor.skipField(tag);
      if (tag === tags.value) valueAt = at;
      else if (tag === tags.time) timeMs = Number(readInt64(bytes, at));
    }
  }
  if (cursor.position !== range.end) cursor.fail("a field reaches past the message it belongs to");
  return { sample: { valueAt, timeMs }, labels };
}

function walkMetadata(cursor: Cursor): WrittenMetadata {
  const found = { type: 0, family: "", help: "", unit: "" };
  inMessage(cursor, () => {
    while (cursor.position < cursor.end) {
      const tag = cursor.varint();
      if (tag === 0x08) found.type = cursor.varint();
      else if (tag === 0x12) found.family = readText(cursor);
      else if (tag === 0x22) found.help = readText(cursor);
      else if (tag === 0x2a) found.unit = readText(cursor);
      else cursor.skipField(tag);
    }
  });
  return found;
}

function readText(cursor: Cursor): string {
  const end = cursor.contentEnd();
  const text = cursor.bytes.toString("utf8", cursor.position, end);
  cursor.position = end;
  return text;
}

function inMessage(cursor: Cursor, read: () => void): void {
  const end = cursor.contentEnd();
  const outerEnd = cursor.end;
  cursor.end = end;
  read();
  cursor.leave(end, outerEnd);
}
