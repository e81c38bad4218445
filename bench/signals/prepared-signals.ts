import { createRandomBits } from "../ingest/random.ts";
import {
  writeAttribute,
  writeField,
  writeFixed64Field,
  writeVarintField,
} from "../ingest/protobuf-writer.ts";
import { writeText } from "../ingest/text.ts";

export type SignalName = "logs" | "metrics";

/** What one lane sends. */
export interface SignalShape {
  readonly signal: SignalName;
  readonly itemsPerRequest: number;
  /** Different seeds give different texts and series. */
  readonly seed: number;
}

/** Prepared layouts; each is sent again and again with new times. */
const layoutCount = 24;
/** Stands where a time goes; not to be found in text. */
const timeMark = 0x0102030405060708n;

/** The next request's bytes, valid until the next call. Every item of it has a time no item had before. */
export function prepareSignals(shape: SignalShape): () => Buffer {
  const random = createRandomBits(shape.seed);
  const layouts = Array.from({ length: layoutCount }, (_, index) => {
    const bytes =
      shape.signal === "logs" ? createLogs(shape, random, index) : createPoints(shape, random, index);
    return { bytes, times: findTimes(bytes) };
  });
  let next = 0;
  let lastNs = 0n;
  return () => {
    const layout = layouts[next++ % layoutCount];
    if (layout === undefined) throw new RangeError("no layout");
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    lastNs = nowNs > lastNs ? nowNs : lastNs + 1_000_000n;
    for (const at of layout.times) layout.bytes.writeBigUInt64LE(lastNs, at);
    return layout.bytes;
  };
}

function findTimes(bytes: Buffer): number[] {
  const mark = Buffer.alloc(8);
  mark.writeBigUInt64LE(timeMark);
  const times: number[] = [];
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 8)) times.push(at);
  return times;
}

function inScope(items: readonly Buffer[], service: string): Buffer {
  const resource = Buffer.concat([
    writeAttribute(1, "service.name", service),
    writeAttribute(1, "service.instance.id", "instance-1"),
    writeAttribute(1, "deployment.environment.name", "production"),
  ]);
  const scope = writeField(1, Buffer.concat([writeField(1, "bench.signals"), writeField(2, "1.0.0")]));
  const list = Buffer.concat([scope, ...items.map((item) => writeField(2, item))]);
  return writeField(1, Buffer.concat([writeField(1, resource), writeField(2, list)]));
}

const severities = [
  [9, "INFO"],
  [9, "INFO"],
  [9, "INFO"],
  [13, "WARN"],
  [17, "ERROR"],
] as const;

/** About 400 bytes a record: a sentence or two, six attributes, half of them with a trace. */
function createLogs({ itemsPerRequest, seed }: SignalShape, random: () => number, layout: number): Buffer {
  const text = writeText(itemsPerRequest * 220, seed * 31 + layout).toString("latin1");
  const records = Array.from({ length: itemsPerRequest }, (_, index) => {
    const [number, word] = severities[random() % severities.length] ?? severities[0];
    const trace = Buffer.alloc(24);
    for (let at = 0; at < 24; at += 4) trace.writeUInt32LE(random(), at);
    return Buffer.concat([
      writeFixed64Field(1, timeMark),
      writeVarintField(2, number),
      writeField(3, word),
      writeField(5, writeField(1, text.slice(index * 220, index * 220 + 120 + (random() % 100)))),
      writeAttribute(6, "http.route", `/api/${["chat", "search", "summarise"][random() % 3] ?? ""}`),
      writeAttribute(6, "user.id", `user-${random() % 1000}`),
      writeAttribute(6, "logger.name", "app.worker"),
      writeAttribute(6, "thread.id", random() % 16),
      writeAttribute(6, "duration_ms", random() % 5000),
      writeAttribute(6, "cache.hit", random() % 2 === 0 ? "yes" : "no"),
      ...(random() % 2 === 0
        ? []
        : [writeField(9, trace.subarray(0, 16)), writeField(10, trace.subarray(16))]),
    ]);
  });
  return inScope(records, "bench-logs");
}

/** Cumulative counters and gauges, 24 × `itemsPerRequest` series a lane, each with five attributes. */
function createPoints({ itemsPerRequest, seed }: SignalShape, random: () => number, layout: number): Buffer {
  const perMetric = 100;
  const metrics: Buffer[] = [];
  for (let done = 0; done < itemsPerRequest; done += perMetric) {
    const points = Array.from({ length: Math.min(perMetric, itemsPerRequest - done) }, (_, index) =>
      writeField(1, createPoint(random, `${seed}.${layout}.${done + index}`)),
    );
    const isSum = (done / perMetric) % 2 === 0;
    const data = Buffer.concat([
      ...points,
      ...(isSum ? [writeVarintField(2, 2), writeVarintField(3, 1)] : []),
    ]);
    const name = isSum ? "bench.requests" : "bench.queue.length";
    metrics.push(Buffer.concat([writeField(1, name), writeField(isSum ? 7 : 5, data)]));
  }
  return inScope(metrics, "bench-points");
}

function createPoint(random: () => number, series: string): Buffer {
  const value = Buffer.alloc(8);
  value.writeDoubleLE(random() % 100_000);
  return Buffer.concat([
    writeAttribute(7, "model", ["gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5"][random() % 3] ?? ""),
    writeAttribute(7, "endpoint", `/api/${["chat", "search", "summarise"][random() % 3] ?? ""}`),
    writeAttribute(7, "status", random() % 20 === 0 ? "error" : "ok"),
    writeAttribute(7, "region", `region-${random() % 4}`),
    writeAttribute(7, "pod", series),
    writeFixed64Field(3, timeMark),
    Buffer.concat([Buffer.from([4 * 8 + 1]), value]),
  ]);
}
