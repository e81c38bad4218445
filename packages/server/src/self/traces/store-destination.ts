import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { ownSender } from "./own-sender.ts";
import type { Destination } from "./span-outbox.ts";

/** The intake that everybody's spans go through. */
export interface TraceIntake {
  accept(request: {
    readonly project: string;
    readonly keyId: string;
    readonly bytes: Buffer;
  }): Promise<{ readonly rejected: Readonly<Record<string, number>> }>;
}

/** The server's own store, once it is open. What it has no room for is given up: it is for what others send. */
export function createStoreDestination(intake: Promise<TraceIntake>): Destination {
  const { project, keyId } = ownSender;
  return {
    name: "the own store",
    async send(spans) {
      const request = ProtobufTraceSerializer.serializeRequest(spans) ?? new Uint8Array();
      const bytes = Buffer.from(request.buffer, request.byteOffset, request.byteLength);
      const { rejected } = await (await intake).accept({ project, keyId, bytes });
      return Object.values(rejected).reduce((sum, count) => sum + count, 0);
    },
    close: () => Promise.resolve(),
  };
}
