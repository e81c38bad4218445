import {
  compressionAlgorithms,
  credentials,
  makeClientConstructor,
  type Client,
  type ServiceError,
} from "@grpc/grpc-js";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-grpc";
import { Root } from "protobufjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeProtobuf } from "../decode/otlp.fixture.ts";
import { createFixtureMeter, emitLogs, encodeLogs, encodeMetrics } from "../decode/otlp-signals.fixture.ts";
import { openTestDoors, type TestDoors } from "./doors.fixture.ts";
import { GrpcListenError, listenGrpc } from "./otlp-grpc.ts";
import { otlpSignals } from "./otlp-signals.ts";

let doors: TestDoors;
beforeAll(async () => {
  doors = await openTestDoors({ environment: { SPANLIGHT_MAX_BODY_BYTES: "200000" } });
});
afterAll(() => doors.close());

/** Calls Export as any gRPC client would; bytes in, bytes out. */
function exportBytes(
  signal: string,
  bytes: Buffer,
  options: { gzip?: boolean; address?: string } = {},
): Promise<Buffer> {
  const service = otlpSignals.find(({ name }) => name === signal)!.grpcService;
  const keep = (value: Buffer): Buffer => value;
  const method = {
    path: `/${service}/Export`,
    requestStream: false,
    responseStream: false,
    requestSerialize: keep,
    requestDeserialize: keep,
    responseSerialize: keep,
    responseDeserialize: keep,
  };
  const channel =
    options.gzip === true ? { "grpc.default_compression_algorithm": compressionAlgorithms.gzip } : {};
  const Exporter = makeClientConstructor({ Export: method }, service);
  const client: Client = new Exporter(
    options.address ?? doors.grpcAddress,
    credentials.createInsecure(),
    channel,
  );
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(method.path, keep, keep, bytes, (error: ServiceError | null, answer?: Buffer) => {
      client.close();
      if (error === null && answer !== undefined) resolve(answer);
      else reject(error ?? new Error("no answer"));
    });
  });
}

const answers = Root.fromJSON({
  nested: {
    Response: { fields: { partialSuccess: { type: "PartialSuccess", id: 1 } } },
    PartialSuccess: {
      fields: { rejected: { type: "int64", id: 1 }, errorMessage: { type: "string", id: 2 } },
    },
    Status: {
      fields: { code: { type: "int32", id: 1 }, details: { rule: "repeated", type: "Any", id: 3 } },
    },
    Any: { fields: { typeUrl: { type: "string", id: 1 }, value: { type: "RetryInfo", id: 2 } } },
    RetryInfo: { fields: { retryDelay: { type: "Duration", id: 1 } } },
    Duration: { fields: { seconds: { type: "int64", id: 1 } } },
  },
});

function decode(bytes: Buffer, type: string): Record<string, unknown> {
  const message = answers.lookupType(type);
  return message.toObject(message.decode(bytes), { longs: Number });
}

describe("OTLP over gRPC", () => {
  it("accepts the three signals, plain and gzipped, and answers an empty message", async () => {
    const { meter, collect } = createFixtureMeter();
    meter.createCounter("calls").add(1);
    const metrics = encodeMetrics(await collect());
    const requests: [string, Buffer][] = [
      ["traces", encodeProtobuf([{}])],
      ["metrics", metrics],
      ["logs", encodeLogs([{ body: "hello" }])],
    ];
    for (const [signal, bytes] of requests) expect((await exportBytes(signal, bytes)).length).toBe(0);
    for (const [signal, bytes] of requests) await exportBytes(signal, bytes, { gzip: true });
    const { traces, metrics: points, logs } = doors.spool.snapshot().totals;
    expect([traces, points, logs].map((total) => [total.accepted, total.duplicates])).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });

  it("serves OpenTelemetry's own exporter", async () => {
    const exporter = new OTLPLogExporter({ url: `http://${doors.grpcAddress}` });
    const records = emitLogs([{ body: "from the exporter" }]);
    const code = await new Promise((resolve) => exporter.export(records, (result) => resolve(result.code)));
    await exporter.shutdown();
    expect(code).toBe(0);
    await expect
      .poll(
        () => doors.store.query({ sql: "SELECT count() AS n FROM logs WHERE body = 'from the exporter'" }),
        {
          timeout: 10_000,
        },
      )
      .toEqual([{ n: "1" }]);
  });

  it("says how many items it refused and why", async () => {
    const answer = await exportBytes("traces", encodeProtobuf([{ spanId: "0000000000000000" }]));
    expect(decode(answer, "Response")).toMatchObject({
      partialSuccess: { rejected: 1, errorMessage: expect.stringContaining("invalid_span_id") },
    });
  });

  it("answers INVALID_ARGUMENT to bytes that are no such message and RESOURCE_EXHAUSTED to too many", async () => {
    await expect(exportBytes("logs", Buffer.from("hello"))).rejects.toMatchObject({
      code: 3,
      details: expect.stringContaining("malformed_request"),
    });
    await expect(exportBytes("logs", Buffer.alloc(300_000))).rejects.toMatchObject({ code: 8 });
    await expect(exportBytes("logs", Buffer.alloc(30_000_000), { gzip: true })).rejects.toMatchObject({
      code: 8,
    });
  });

  it("answers UNAVAILABLE and says when to try again while the spool is full", async () => {
    const full = await openTestDoors({
      environment: { SPANLIGHT_MAX_SPOOL_BYTES: "1" },
      engine: (store) => ({ ...store, insertBlock: () => Promise.reject(new Error("down")) }),
    });
    await exportBytes("logs", encodeLogs([{ body: "1" }]), { address: full.grpcAddress });
    const error: ServiceError = await exportBytes("logs", encodeLogs([{ body: "2" }]), {
      address: full.grpcAddress,
    }).then(
      () => expect.fail("it was accepted"),
      (refusal: ServiceError) => refusal,
    );
    expect(error.code).toBe(14);
    const [details] = error.metadata.get("grpc-status-details-bin");
    expect(decode(details as Buffer, "Status")).toEqual({
      code: 14,
      details: [
        { typeUrl: "type.googleapis.com/google.rpc.RetryInfo", value: { retryDelay: { seconds: 5 } } },
      ],
    });
    await full.close(0);
  });

  it("names the setting to change when its port is taken", async () => {
    const port = Number(doors.grpcAddress.split(":")[1]);
    const second = listenGrpc({
      ...doors.intake,
      log: () => undefined,
      admit: () => ({ sender: { project: "default" } }),
      isServing: () => true,
      requestTimeoutMs: 1000,
      maxConnections: 10,
      host: "127.0.0.1",
      port,
      maxMessageBytes: 1000,
    });
    await expect(second).rejects.toThrow(GrpcListenError);
    await expect(second).rejects.toThrow("SPANLIGHT_GRPC_PORT");
  });
});
