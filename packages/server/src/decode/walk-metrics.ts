// Walks an ExportMetricsServiceRequest in place. Source: opentelemetry-proto v1.9, metrics/v1/metrics.proto.
import { MetricView, metricKind, PointView, type BucketRun, type MetricKind } from "./point-view.ts";
import { readCount, readMilliseconds } from "./read-times.ts";
import { walkKeyValue } from "./walk-attributes.ts";
import { walkEnvelope, type EnvelopeVisitor } from "./walk-envelope.ts";
import { readSmallInt, type Cursor } from "./wire.ts";

/** Told of a metric, then of each of its points. */
export interface MetricVisitor extends EnvelopeVisitor {
  metric(bytes: Buffer, metric: MetricView): void;
  point(bytes: Buffer, point: PointView): void;
}

const metricView = new MetricView();
const pointView = new PointView();

/** Reads one field of a point and answers true, or leaves it to the caller. The cursor stands behind the tag. */
type FieldReader = (cursor: Cursor, tag: number) => boolean;

/** Visits every data point of the request. Throws MalformedRequestError for bytes that are no such message. */
export function walkMetrics(bytes: Buffer, visitor: MetricVisitor): void {
  walkEnvelope(bytes, visitor, (cursor, end) => walkMetric(cursor, end, visitor));
}

function walkMetric(cursor: Cursor, end: number, visitor: MetricVisitor): void {
  metricView.clear();
  let dataAt = -1;
  let dataEnd = -1;
  inMessage(cursor, end, () => {
    while (cursor.position < end) {
      const tag = cursor.varint();
      const kind = tag >>> 3;
      if ((tag & 7) !== 2) cursor.skipField(tag);
      else {
        const fieldEnd = cursor.contentEnd();
        if (isMetricKind(kind)) {
          metricView.kind = kind;
          dataAt = cursor.position;
          dataEnd = fieldEnd;
        } else keepText(kind, cursor.position, fieldEnd);
        cursor.position = fieldEnd;
      }
    }
  });
  if (dataAt < 0) return;
  const behind = cursor.position;
  cursor.position = dataAt;
  inMessage(cursor, dataEnd, () => walkData(cursor, visitor));
  cursor.position = behind;
}

function isMetricKind(field: number): field is MetricKind {
  return field === 5 || field === 7 || (field >= 9 && field <= 11);
}

function keepText(field: number, start: number, end: number): void {
  if (field === 1) {
    metricView.nameStart = start;
    metricView.nameEnd = end;
  } else if (field === 2) {
    metricView.descriptionStart = start;
    metricView.descriptionEnd = end;
  } else if (field === 3) {
    metricView.unitStart = start;
    metricView.unitEnd = end;
  }
}

/** Gauge, Sum, Histogram, …: temporality and monotonicity stand behind the points and are read first. */
function walkData(cursor: Cursor, visitor: MetricVisitor): void {
  const { position: start, end } = cursor;
  while (cursor.position < end) {
    const tag = cursor.varint();
    if (tag === 0x10) metricView.temporality = cursor.varint();
    else if (tag === 0x18) metricView.isMonotonic = cursor.varint() !== 0;
    else cursor.skipField(tag);
  }
  visitor.metric(cursor.bytes, metricView);
  const layout = layouts[metricView.kind];
  cursor.position = start;
  while (cursor.position < end) {
    const tag = cursor.varint();
    if (tag !== 0x0a || layout === undefined) cursor.skipField(tag);
    else {
      const pointEnd = cursor.contentEnd();
      pointView.clear();
      inMessage(cursor, pointEnd, () => walkPoint(cursor, layout));
      visitor.point(cursor.bytes, pointView);
    }
  }
}

interface PointLayout {
  readonly attributesTag: number;
  readonly exemplarsTag: number;
  readonly flagsTag: number;
  readonly readField: FieldReader;
}

function walkPoint(cursor: Cursor, layout: PointLayout): void {
  let attributesEnd = -1;
  while (cursor.position < cursor.end) {
    const tagAt = cursor.position;
    const tag = cursor.varint();
    if (tag === 0x11) pointView.startMs = Math.max(0, readTime(cursor));
    else if (tag === 0x19) {
      pointView.timeMs = readTime(cursor);
      pointView.hasValidTime = pointView.timeMs >= 0;
    } else if (tag === layout.attributesTag) {
      const end = cursor.contentEnd();
      pointView.attributesAreOneRange &&= attributesEnd < 0 || tagAt === attributesEnd;
      pointView.attributeRanges.push(cursor.position, end);
      walkKeyValue(cursor, end, pointView.attributes);
      cursor.position = end;
      attributesEnd = end;
    } else if (tag === layout.exemplarsTag) {
      const end = cursor.contentEnd();
      pointView.exemplars.push(cursor.position, end);
      cursor.position = end;
    } else if (tag === layout.flagsTag) pointView.flags = cursor.varint();
    else if (!layout.readField(cursor, tag)) cursor.skipField(tag);
  }
}

const readNumberField: FieldReader = (cursor, tag) => {
  if (tag !== 0x21 && tag !== 0x31) return false;
  pointView.valueAt = fixed64At(cursor);
  pointView.valueIsInteger = tag === 0x31;
  return true;
};

const readCountAndSum: FieldReader = (cursor, tag) => {
  if (tag === 0x21) pointView.count = readCount(cursor.bytes, fixed64At(cursor));
  else if (tag === 0x29) pointView.sumAt = fixed64At(cursor);
  else return false;
  return true;
};

const readHistogramField: FieldReader = (cursor, tag) => {
  const { bytes } = cursor;
  if (tag === 0x32) readPacked64(cursor, (at) => pointView.bucketCounts.push(readCount(bytes, at)));
  else if (tag === 0x31) pointView.bucketCounts.push(readCount(bytes, fixed64At(cursor)));
  else if (tag === 0x3a) readPacked64(cursor, (at) => pointView.bounds.push(bytes.readDoubleLE(at)));
  else if (tag === 0x39) pointView.bounds.push(bytes.readDoubleLE(fixed64At(cursor)));
  else return readCountAndSum(cursor, tag);
  return true;
};

const readExponentialField: FieldReader = (cursor, tag) => {
  if (tag === 0x30) pointView.scale = unzigzag(cursor.varint());
  else if (tag === 0x39) pointView.zeroCount = readCount(cursor.bytes, fixed64At(cursor));
  else if (tag === 0x42) readBuckets(cursor, pointView.positive);
  else if (tag === 0x4a) readBuckets(cursor, pointView.negative);
  else return readCountAndSum(cursor, tag);
  return true;
};

const readSummaryField: FieldReader = (cursor, tag) => {
  if (tag !== 0x32) return readCountAndSum(cursor, tag);
  let quantile = 0;
  let value = 0;
  const end = cursor.contentEnd();
  inMessage(cursor, end, () => {
    while (cursor.position < end) {
      const inner = cursor.varint();
      if (inner === 0x09) quantile = cursor.bytes.readDoubleLE(fixed64At(cursor));
      else if (inner === 0x11) value = cursor.bytes.readDoubleLE(fixed64At(cursor));
      else cursor.skipField(inner);
    }
  });
  pointView.quantiles.push(quantile);
  pointView.quantileValues.push(value);
  return true;
};

const numberLayout: PointLayout = {
  attributesTag: 0x3a,
  exemplarsTag: 0x2a,
  flagsTag: 0x40,
  readField: readNumberField,
};

const layouts: Readonly<Record<number, PointLayout>> = {
  [metricKind.gauge]: numberLayout,
  [metricKind.sum]: numberLayout,
  [metricKind.histogram]: {
    attributesTag: 0x4a,
    exemplarsTag: 0x42,
    flagsTag: 0x50,
    readField: readHistogramField,
  },
  [metricKind.exponentialHistogram]: {
    attributesTag: 0x0a,
    exemplarsTag: 0x5a,
    flagsTag: 0x50,
    readField: readExponentialField,
  },
  [metricKind.summary]: {
    attributesTag: 0x3a,
    exemplarsTag: -1,
    flagsTag: 0x40,
    readField: readSummaryField,
  },
};

function inMessage(cursor: Cursor, end: number, read: () => void): void {
  const outerEnd = cursor.end;
  cursor.end = end;
  read();
  cursor.leave(end, outerEnd);
}

function fixed64At(cursor: Cursor): number {
  const at = cursor.position;
  cursor.advance(8);
  return at;
}

function readTime(cursor: Cursor): number {
  return readMilliseconds(cursor.bytes, fixed64At(cursor));
}

function readPacked64(cursor: Cursor, take: (at: number) => void): void {
  const end = cursor.contentEnd();
  inMessage(cursor, end, () => {
    while (cursor.position < end) take(fixed64At(cursor));
  });
}

function readBuckets(cursor: Cursor, run: BucketRun): void {
  const end = cursor.contentEnd();
  inMessage(cursor, end, () => {
    while (cursor.position < end) {
      const tag = cursor.varint();
      if (tag === 0x08) run.offset = unzigzag(cursor.varint());
      else if (tag === 0x10) run.counts.push(readVarintCount(cursor));
      else if (tag === 0x12) {
        const countsEnd = cursor.contentEnd();
        inMessage(cursor, countsEnd, () => {
          while (cursor.position < countsEnd) run.counts.push(readVarintCount(cursor));
        });
      } else cursor.skipField(tag);
    }
  });
}

function readVarintCount(cursor: Cursor): number {
  const at = cursor.position;
  cursor.varint();
  return readSmallInt(cursor.bytes, at) ?? Number.MAX_SAFE_INTEGER;
}

function unzigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}
