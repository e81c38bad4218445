import { walkMetrics } from "../decode/walk-metrics.ts";
import { walkRemoteWrite } from "../decode/walk-remote-write.ts";
import type { Spool } from "../spool/spool.ts";
import { fingerprintBytes } from "./fingerprint.ts";
import { GroupCommit, type Receipt, type Sender, type SignalIngest } from "./group-commit.ts";
import { MetricTranslator } from "./metric-translator.ts";
import { RemoteWriteTranslator } from "./remote-write-translator.ts";
import { SampleBlock } from "./sample-block.ts";
import { SeriesRegistry } from "./series-registry.ts";

/** The ways of metrics to the spool: as OTLP, and as Prometheus sends them. */
export interface MetricIngest extends SignalIngest {
  /** Takes a WriteRequest of Prometheus remote write 1.0, decompressed. Items are samples. Otherwise as `accept`. */
  acceptRemoteWrite(request: Sender & { readonly bytes: Buffer }): Promise<Receipt>;
}

/** Creates the ways of metrics to the spool. `now` gives Unix milliseconds. */
export function createMetricIngest(options: {
  spool: Spool;
  now: () => number;
  /** Series remembered at a time; new ones past it are refused. */
  maxSeries: number;
}): MetricIngest {
  const registry = new SeriesRegistry(options);
  const commit = new GroupCommit({
    spool: options.spool,
    signal: "metrics",
    createBlock: () => new SampleBlock({ registry, now: options.now }),
  });
  return {
    accept: ({ project, keyId, bytes }) =>
      commit.accept({
        project,
        keyId,
        sizeBytes: bytes.length,
        append(block) {
          const translator = new MetricTranslator(block);
          walkMetrics(bytes, translator);
          translator.finish();
          return block.end();
        },
        fingerprint: () => `metrics.${fingerprintBytes(bytes)}`,
      }),
    acceptRemoteWrite: ({ project, keyId, bytes }) =>
      commit.accept({
        project,
        keyId,
        sizeBytes: bytes.length,
        append(block) {
          walkRemoteWrite(bytes, new RemoteWriteTranslator(block));
          return block.end();
        },
        fingerprint: () => `write.${fingerprintBytes(bytes)}`,
      }),
    settle: () => commit.settle(),
  };
}
