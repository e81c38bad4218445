// Bodies that no sender should send, the same for the same seed.
import { deflateSync, gzipSync } from "node:zlib";
import { createRequest } from "../kills/requests.ts";
import { attribute, double, field, fixed64, varint, whole } from "./protobuf.ts";
import { createJsonGarbage } from "./garbage-json.ts";
import { between, pick, type Random } from "./pick.ts";

/** A request as it goes over the wire. */
export interface GarbageRequest {
  readonly kind: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

type Body = Omit<GarbageRequest, "kind">;

const protobuf = { "content-type": "application/x-protobuf" };
const paths = ["/v1/traces", "/v1/metrics", "/v1/logs"] as const;

/** Every kind of garbage in turn. */
export function createGarbage(random: Random): () => GarbageRequest {
  let next = 0;
  return () => {
    const [kind, make] = kinds[next++ % kinds.length] ?? kinds[0];
    return { kind, ...make(random) };
  };
}

const kinds: readonly [[string, (random: Random) => Body], ...[string, (random: Random) => Body][]] = [
  [
    "random bytes",
    (random) => toProtobuf(pick(paths, random), randomBytes(between(1, 200_000, random), random)),
  ],
  ["flipped traces", (random) => toProtobuf("/v1/traces", flip(baseTraces(random), random))],
  ["flipped metrics", (random) => toProtobuf("/v1/metrics", flip(baseMetrics(random), random))],
  ["flipped logs", (random) => toProtobuf("/v1/logs", flip(baseLogs(random), random))],
  ["flipped remote write", (random) => toRemoteWrite(flip(baseWrite(random), random))],
  ["cut traces", (random) => toProtobuf("/v1/traces", cut(baseTraces(random), random))],
  ["another signal's bytes", (random) => toProtobuf(pick(paths, random), baseWrite(random))],
  ["deep values", (random) => toProtobuf("/v1/traces", deepTraces(between(10, 60_000, random)))],
  ["huge texts", (random) => toProtobuf(pick(paths, random), hugeTexts(between(1, 3, random)))],
  [
    "countless attributes",
    (random) => toProtobuf("/v1/traces", countlessAttributes(between(1000, 20_000, random))),
  ],
  ["absurd times", (random) => toProtobuf("/v1/traces", absurdTimes(random))],
  ["the same ids", (random) => toProtobuf("/v1/traces", sameIds(between(1, 2000, random), random))],
  ["absurd numbers", (random) => toProtobuf("/v1/metrics", absurdMetrics(random))],
  ["wide histograms", (random) => toProtobuf("/v1/metrics", wideHistograms(random))],
  ["countless series", (random) => toRemoteWrite(countlessSeries(between(100, 20_000, random), random))],
  ["json", (random) => ({ path: pick(paths, random), ...createJsonGarbage(random) })],
  ["gzip bomb", () => toCompressed("gzip", bombs().gzip)],
  ["deflate bomb", () => toCompressed("deflate", bombs().deflate)],
  ["zstd bomb", () => toCompressed("zstd", zstdBomb(900))],
  ["snappy bomb", () => toRemoteWriteRaw(Buffer.concat([varint(2 ** 32 - 1), Buffer.from([0xfe, 1, 0, 0])]))],
  ["broken gzip", (random) => toCompressed("gzip", flip(gzipSync(baseTraces(random)), random))],
  [
    "not compressed at all",
    (random) => toCompressed(pick(["gzip", "zstd", "deflate", "br"], random), baseTraces(random)),
  ],
  [
    "another content type",
    (random) => ({
      path: pick(paths, random),
      headers: { "content-type": "text/plain" },
      body: baseLogs(random),
    }),
  ],
];

function toProtobuf(path: string, body: Buffer): Body {
  return { path, headers: protobuf, body };
}

function toCompressed(encoding: string, body: Buffer): Body {
  return { path: "/v1/traces", headers: { ...protobuf, "content-encoding": encoding }, body };
}

/** Snappy's block format with nothing but literals. */
function toRemoteWrite(body: Buffer): Body {
  const parts: Buffer[] = [varint(body.length)];
  for (let at = 0; at < body.length; at += 65_536) {
    const literal = body.subarray(at, at + 65_536);
    const length = Buffer.alloc(2);
    length.writeUInt16LE(literal.length - 1);
    parts.push(Buffer.from([61 << 2]), length, literal);
  }
  return toRemoteWriteRaw(Buffer.concat(parts));
}

function toRemoteWriteRaw(body: Buffer): Body {
  return { path: "/prometheus/api/v1/write", headers: { ...protobuf, "content-encoding": "snappy" }, body };
}

let made: { gzip: Buffer; deflate: Buffer } | undefined;

/** 96 MiB of zeros, a thousand times smaller. */
function bombs(): { gzip: Buffer; deflate: Buffer } {
  const zeros = made === undefined ? Buffer.alloc(96 << 20) : Buffer.alloc(0);
  made ??= { gzip: gzipSync(zeros), deflate: deflateSync(zeros) };
  return made;
}

/** A zstd frame of run-length blocks: four bytes each become 128 KiB. */
function zstdBomb(blocks: number): Buffer {
  const block = ((128 << 10) << 3) | (1 << 1);
  const run = Buffer.from([block & 0xff, (block >> 8) & 0xff, block >> 16, 0]);
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]);
  return Buffer.concat([header, ...Array.from({ length: blocks }, () => run), Buffer.from([1, 0, 0])]);
}

/** Numbers of requests that are no probe's: ids made of them cannot be mistaken, not with a bit flipped either. */
function baseTraces(random: Random): Buffer {
  return createRequest(0xa5000000 + between(0, 0xffffff, random), between(0, 1_000_000, random)).bytes;
}

function baseMetrics(random: Random): Buffer {
  const points = Array.from({ length: 50 }, (_, index) =>
    field(1, Buffer.concat([attribute(7, "n", `${index}`), fixed64(3, nowNs()), double(4, random())])),
  );
  const sum = field(7, Buffer.concat([...points, whole(2, between(0, 3, random)), whole(3, 1)]));
  const gauge = field(5, Buffer.concat(points));
  return inScope(
    Buffer.concat([metric("garbage.sum", sum), metric("garbage.gauge", gauge), histogram(random)]),
  );
}

function histogram(random: Random): Buffer {
  const point = Buffer.concat([
    fixed64(2, nowNs() - 1_000_000_000n),
    fixed64(3, nowNs()),
    fixed64(4, 6n),
    double(5, random() * 100),
    field(6, Buffer.concat([1n, 2n, 3n].map((count) => fixed64(0, count).subarray(1)))),
    field(7, Buffer.concat([10, 20].map((bound) => double(0, bound).subarray(1)))),
  ]);
  return metric("garbage.histogram", field(9, Buffer.concat([field(1, point), whole(2, 2)])));
}

function metric(name: string, data: Buffer): Buffer {
  return field(2, Buffer.concat([field(1, name), data]));
}

function inScope(items: Buffer): Buffer {
  const resource = field(1, attribute(1, "service.name", "garbage"));
  return field(1, Buffer.concat([resource, field(2, items)]));
}

function baseLogs(random: Random): Buffer {
  const records = Array.from({ length: 100 }, (_, index) =>
    field(
      2,
      Buffer.concat([
        fixed64(1, nowNs()),
        whole(2, between(0, 30, random)),
        field(5, field(1, `record ${index} ${random()}`)),
        attribute(6, "key", "value"),
      ]),
    ),
  );
  return inScope(Buffer.concat(records));
}

function baseWrite(random: Random): Buffer {
  return Buffer.concat(
    Array.from({ length: 50 }, (_, index) =>
      series({ __name__: "garbage_written", index: `${index}` }, random()),
    ),
  );
}

function series(labels: Readonly<Record<string, string>>, value: number): Buffer {
  const pairs = Object.entries(labels).map(([name, text]) =>
    field(1, Buffer.concat([field(1, name), field(2, text)])),
  );
  const sample = field(2, Buffer.concat([double(1, value), whole(2, BigInt(Date.now()))]));
  return field(1, Buffer.concat([...pairs, sample]));
}

function countlessSeries(count: number, random: Random): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, () =>
      series({ __name__: "garbage_countless", id: random().toString(36) }, absurdNumber(random)),
    ),
  );
}

function deepTraces(depth: number): Buffer {
  // Built from the inside out, with the lengths known beforehand: joining buffers would take the depth squared.
  let length = field(1, "x").length;
  const heads: Buffer[] = [];
  for (let level = 0; level < depth; level += 1) {
    const head = Buffer.concat([
      varint(5 * 8 + 2),
      varint(length + varint(length).length + 1),
      varint(8 + 2),
      varint(length),
    ]);
    heads.push(head);
    length += head.length;
  }
  const value = Buffer.concat([...heads.toReversed(), field(1, "x")]);
  return inScope(spanOf([field(9, Buffer.concat([field(1, "deep"), field(2, value)]))]));
}

function spanOf(
  fields: readonly Buffer[],
  times: readonly [bigint, bigint] = [nowNs() - 1000n, nowNs()],
): Buffer {
  const id = Buffer.from(`${Math.trunc(Number(times[1] % 1_000_000_007n))}garbage!`).subarray(0, 8);
  return field(
    2,
    Buffer.concat([
      field(1, Buffer.concat([id, id])),
      field(2, id),
      field(5, "garbage"),
      fixed64(7, times[0]),
      fixed64(8, times[1]),
      ...fields,
    ]),
  );
}

function hugeTexts(mebibytes: number): Buffer {
  const text = "huge ".repeat((mebibytes << 20) / 5);
  return inScope(
    spanOf([
      attribute(9, "gen_ai.input.messages", text),
      attribute(9, "user.id", text.slice(0, 100_000)),
      attribute(9, `key.${text.slice(0, 70_000)}`, "x"),
    ]),
  );
}

function countlessAttributes(count: number): Buffer {
  return inScope(
    spanOf(Array.from({ length: count }, (_, index) => attribute(9, `attribute.${index}`, "x"))),
  );
}

const absurdNs = [
  0n,
  1n,
  -1n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
  10n ** 18n,
  4_102_444_800_000_000_000n,
  -(10n ** 18n),
];

function absurdTimes(random: Random): Buffer {
  const spans = Array.from({ length: 200 }, () =>
    spanOf([], [pick(absurdNs, random), pick(absurdNs, random)]),
  );
  return inScope(Buffer.concat(spans));
}

function sameIds(count: number, random: Random): Buffer {
  const span = spanOf([attribute(9, "again", `${random()}`)]);
  return inScope(Buffer.concat(Array.from({ length: count }, () => span)));
}

function absurdNumber(random: Random): number {
  return pick([Number.NaN, Infinity, -Infinity, -0, 5e-324, 1.7e308, -1, random()], random);
}

function absurdMetrics(random: Random): Buffer {
  const points = Array.from({ length: 100 }, () =>
    field(
      1,
      Buffer.concat([
        fixed64(2, pick(absurdNs, random)),
        fixed64(3, pick(absurdNs, random)),
        double(4, absurdNumber(random)),
      ]),
    ),
  );
  const name = pick(["", " ", "ünï cödé", "\u0000", "a".repeat(70_000), "garbage.absurd"], random);
  const kind = pick([5, 7, 9, 10, 11, 13], random);
  return inScope(
    metric(name, field(kind, Buffer.concat([...points, whole(2, between(0, 9, random)), whole(3, 1)]))),
  );
}

/** Exponential histograms whose scale and offset are as large as they can be written, with many buckets. */
function wideHistograms(random: Random): Buffer {
  const counts = field(
    2,
    Buffer.concat(Array.from({ length: between(1, 50_000, random) }, () => varint(between(0, 9, random)))),
  );
  const zigzag = (value: number): bigint => BigInt.asUintN(32, BigInt((value << 1) ^ (value >> 31)));
  const extremes = [-(2 ** 31), -1000, -11, 0, 20, 1000, 2 ** 31 - 1];
  const buckets = (): Buffer => Buffer.concat([whole(1, zigzag(pick(extremes, random))), counts]);
  const point = Buffer.concat([
    fixed64(2, nowNs() - 1000n),
    fixed64(3, nowNs()),
    fixed64(4, 9n),
    double(5, absurdNumber(random)),
    whole(6, zigzag(pick(extremes, random))),
    field(8, buckets()),
    field(9, buckets()),
  ]);
  return inScope(
    metric("garbage.wide", field(10, Buffer.concat([field(1, point), whole(2, between(1, 2, random))]))),
  );
}

function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

function randomBytes(length: number, random: Random): Buffer {
  const bytes = Buffer.alloc(Math.ceil(length / 4) * 4);
  for (let at = 0; at < length; at += 4) bytes.writeUInt32LE(random() * 2 ** 32, at);
  return bytes.subarray(0, length);
}

/** Up to twenty bits flipped, wherever. */
function flip(bytes: Buffer, random: Random): Buffer {
  const flipped = Buffer.from(bytes);
  for (let flips = between(1, 20, random); flips > 0; flips -= 1) {
    const at = between(0, flipped.length - 1, random);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << between(0, 7, random));
  }
  return flipped;
}

function cut(bytes: Buffer, random: Random): Buffer {
  return bytes.subarray(between(0, 3, random), between(3, bytes.length, random));
}
