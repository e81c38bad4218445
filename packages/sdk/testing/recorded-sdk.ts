import { init, type Spanlight } from "../src/index.ts";
import type { InitOptions } from "../src/config.ts";
import { startOtlpReceiver, type OtlpReceiver } from "./otlp-receiver.ts";
import type { WireSpan } from "./decode-trace-request.ts";

/** The SDK beside a local receiver; `flush` gives every span so far, oldest first. */
export interface RecordedSdk {
  readonly sdk: Spanlight;
  readonly receiver: OtlpReceiver;
  flush(): Promise<WireSpan[]>;
  /** The one span that came; throws when it was none or more. */
  flushOne(): Promise<WireSpan>;
  stop(): Promise<void>;
}

export async function startRecordedSdk(options: InitOptions = {}): Promise<RecordedSdk> {
  const receiver = await startOtlpReceiver();
  const sdk = init({ service: "test", endpoint: receiver.url, flushOnExit: false, ...options });
  const flush = async (): Promise<WireSpan[]> => {
    await sdk.forceFlush();
    return receiver.spans().toSorted((a, b) => (a.startNs < b.startNs ? -1 : 1));
  };
  return {
    sdk,
    receiver,
    flush,
    async flushOne(): Promise<WireSpan> {
      const spans = await flush();
      const [span] = spans;
      if (span === undefined || spans.length !== 1)
        throw new Error(
          `expected one span, got ${spans.length}: ${spans.map(({ name }) => name).join(", ")}`,
        );
      return span;
    },
    async stop(): Promise<void> {
      await sdk.shutdown();
      await receiver.close();
    },
  };
}
