/** Kinds of an attribute's value: the field numbers of OTLP's AnyValue; 0 = no value. */
export const valueKind = {
  none: 0,
  string: 1,
  bool: 2,
  int: 3,
  double: 4,
  array: 5,
  kvlist: 6,
  bytes: 7,
} as const;

/** Places of one attribute in `AttributeList.places`. */
export const placesPerAttribute = 5;

/**
 * Where the attributes of one message lie in its bytes: per attribute key start, key end, value kind, value start and value end
 * (for bool, int and double the start of the varint or of the eight bytes).
 */
export class AttributeList {
  places: Int32Array = new Int32Array(64 * placesPerAttribute);
  count = 0;

  push(keyStart: number, keyEnd: number): number {
    const at = this.count * placesPerAttribute;
    if (at === this.places.length) {
      const larger = new Int32Array(this.places.length * 2);
      larger.set(this.places);
      this.places = larger;
    }
    this.places[at] = keyStart;
    this.places[at + 1] = keyEnd;
    this.count += 1;
    return at;
  }
}

/** Ranges (start, end) of repeated sub-messages. */
export class RangeList {
  places: Int32Array = new Int32Array(32);
  count = 0;

  push(start: number, end: number): void {
    const at = this.count * 2;
    if (at === this.places.length) {
      const larger = new Int32Array(this.places.length * 2);
      larger.set(this.places);
      this.places = larger;
    }
    this.places[at] = start;
    this.places[at + 1] = end;
    this.count += 1;
  }

  start(index: number): number {
    return this.places[index * 2] ?? 0;
  }

  end(index: number): number {
    return this.places[index * 2 + 1] ?? 0;
  }
}

/**
 * One span, as positions in the request's bytes; a start of -1 = the field is absent. The walker owns and reuses it: read it inside the
 * visit only. Times are two 32-bit halves, because a bigint per span costs more than the rest of the walk.
 */
export class SpanView {
  traceIdStart = -1;
  traceIdLength = 0;
  spanIdStart = -1;
  spanIdLength = 0;
  parentStart = -1;
  parentLength = 0;
  nameStart = 0;
  nameEnd = 0;
  traceStateStart = 0;
  traceStateEnd = 0;
  statusMessageStart = 0;
  statusMessageEnd = 0;
  kind = 0;
  status = 0;
  startLow = 0;
  startHigh = 0;
  endLow = 0;
  endHigh = 0;
  readonly attributes: AttributeList = new AttributeList();
  readonly events: RangeList = new RangeList();
  readonly links: RangeList = new RangeList();

  clear(): void {
    this.traceIdStart = -1;
    this.traceIdLength = 0;
    this.spanIdStart = -1;
    this.spanIdLength = 0;
    this.parentStart = -1;
    this.parentLength = 0;
    this.nameStart = 0;
    this.nameEnd = 0;
    this.traceStateStart = 0;
    this.traceStateEnd = 0;
    this.statusMessageStart = 0;
    this.statusMessageEnd = 0;
    this.kind = 0;
    this.status = 0;
    this.startLow = 0;
    this.startHigh = 0;
    this.endLow = 0;
    this.endHigh = 0;
    this.attributes.count = 0;
    this.events.count = 0;
    this.links.count = 0;
  }
}
