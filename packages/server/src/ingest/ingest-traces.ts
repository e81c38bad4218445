import { crc32 } from "node:zlib";
import { walkTraces } from "../decode/walk-traces.ts";
import type { Pricer } from "../price/price-call.ts";
import type { Spool } from "../spool/spool.ts";
import { GroupCommit, type SignalIngest } from "./group-commit.ts";
import { RecentCalls } from "./recent-calls.ts";
import { SpanBlock, type AppendedSpans } from "./span-block.ts";

/** Creates the way of an ExportTraceServiceRequest to the spool. */
export function createTraceIngest(options: {
  spool: Spool;
  pricer: Pricer;
  recentCalls?: RecentCalls;
}): SignalIngest {
  const recentCalls = options.recentCalls ?? new RecentCalls();
  const commit = new GroupCommit({
    spool: options.spool,
    signal: "traces",
    createBlock: () => new SpanBlock(options.pricer, Date.now, recentCalls),
  });
  return {
    accept: ({ project, keyId, bytes }) =>
      commit.accept({
        project,
        keyId,
        sizeBytes: bytes.length,
        append(block) {
          walkTraces(bytes, block);
          return block.end();
        },
        fingerprint: (appended) => toFingerprint(bytes, appended),
      }),
    settle: () => commit.settle(),
  };
}

/** CRC-32 and length of the body and 64 bits mixed from its span ids: 128 bits and no second pass of a strong hash over every byte. */
function toFingerprint(bytes: Buffer, appended: AppendedSpans): string {
  const [low, high] = appended.idMix;
  return [crc32(bytes), bytes.length, low >>> 0, high >>> 0].map((part) => part.toString(36)).join(".");
}
