// What no well-behaved gRPC client sends, and what others than our own clients ask.
import { connect as connectHttp2, type ClientHttp2Session, type IncomingHttpHeaders } from "node:http2";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeProtobuf } from "../../decode/otlp.fixture.ts";
import { UnauthenticatedError } from "../../keys/errors.ts";
import { BodyReader } from "../read-body.ts";
import { openTestDoors, type TestDoors } from "../doors.fixture.ts";
import { listenGrpc, type GrpcListening, type OtlpGrpcOptions } from "../otlp-grpc.ts";

const exportPath = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const healthPath = "/grpc.health.v1.Health/Check";
const maxMessageBytes = 100_000;

let doors: TestDoors;
const opened: GrpcListening[] = [];
const sessions: ClientHttp2Session[] = [];

beforeAll(async () => {
  doors = await openTestDoors({ environment: { SPANLIGHT_MAX_BYTES_IN_FLIGHT: "500000" } });
});
afterAll(async () => {
  for (const session of sessions) session.destroy();
  await Promise.all(opened.map((grpc) => grpc.close(0)));
  await doors.close();
});

/** A gRPC door of its own, with limits that a test can reach. */
async function open(options: Partial<OtlpGrpcOptions> = {}): Promise<ClientHttp2Session> {
  const grpc = await listenGrpc({
    ...doors.intake,
    log: () => undefined,
    admit: () => ({ sender: { project: "default" } }),
    isServing: () => true,
    host: "127.0.0.1",
    port: 0,
    maxMessageBytes,
    requestTimeoutMs: 60_000,
    maxConnections: 100,
    ...options,
  });
  opened.push(grpc);
  return dial(grpc.port);
}

function dial(port: number): ClientHttp2Session {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined); // told by what the test waits for
  sessions.push(session);
  return session;
}

function frame(message: Buffer, isCompressed = false): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(isCompressed ? 1 : 0);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

interface Answer {
  readonly http: number;
  readonly status: string | undefined;
  readonly message: string;
  readonly body: Buffer;
  readonly headers: IncomingHttpHeaders;
}

/** Calls with these bytes, or leaves the call open where there are none. */
function call(
  session: ClientHttp2Session,
  bytes: Buffer | null,
  headers: IncomingHttpHeaders = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(
      {
        ":method": "POST",
        ":path": exportPath,
        "content-type": "application/grpc",
        te: "trailers",
        ...headers,
      },
      { endStream: false },
    );
    let seen: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    const note = (some: IncomingHttpHeaders): void => void (seen = { ...seen, ...some });
    stream.on("response", note);
    stream.on("trailers", note);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("end", () => {
      const message = decodeURIComponent(String(seen["grpc-message"] ?? ""));
      const status = seen["grpc-status"] as string | undefined;
      resolve({ http: Number(seen[":status"]), status, message, body: Buffer.concat(chunks), headers: seen });
      stream.close();
    });
    if (bytes !== null) stream.end(bytes);
  });
}

let nextId = 1;
const freshSpans = (): Buffer =>
  encodeProtobuf([{ spanId: (0xe0_0000 + nextId++).toString(16).padStart(16, "0") }]);

describe("a call over gRPC", () => {
  it("that may not come in is refused before its message does", async () => {
    const session = await open({
      admit() {
        throw new UnauthenticatedError("a key is needed — any");
      },
    });
    expect(await call(session, null)).toMatchObject({
      http: 200,
      status: "16",
      message: "unauthenticated: a key is needed — any",
    });
  });

  it("whose message does not come is ended", async () => {
    const session = await open({ requestTimeoutMs: 30 });
    const answer = await call(session, null);
    expect(answer).toMatchObject({
      status: "4",
      message: expect.stringContaining("SPANLIGHT_REQUEST_TIMEOUT_MS"),
    });
  });

  it("whose message comes too late is answered once and stored not at all", async () => {
    const session = await open({ requestTimeoutMs: 30 });
    const stream = session.request(
      { ":method": "POST", ":path": exportPath, "content-type": "application/grpc" },
      { endStream: false },
    );
    const answered = new Promise<IncomingHttpHeaders>((resolve) => stream.once("response", resolve));
    expect((await answered)["grpc-status"]).toBe("4");
    const before = doors.spool.snapshot().totals.traces.accepted;
    await new Promise<void>((resolve) => stream.end(frame(freshSpans()), resolve));
    expect((await call(session, frame(freshSpans()))).status).toBe("0");
    expect(doors.spool.snapshot().totals.traces.accepted).toBe(before + 1);
    stream.close();
  });

  it("holds a message of the largest size and not a byte more", async () => {
    const session = await open();
    const spans = freshSpans();
    // A field that nobody knows fills the message up: its tag, and its length in three bytes.
    const padding = (bytes: number): Buffer => {
      const length = bytes - 4;
      const head = [0x7a, (length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14];
      return Buffer.concat([Buffer.from(head), Buffer.alloc(length)]);
    };
    const largest = Buffer.concat([spans, padding(maxMessageBytes - spans.length)]);
    expect((await call(session, frame(largest))).status).toBe("0");
    const larger = Buffer.concat([spans, padding(maxMessageBytes + 1 - spans.length)]);
    const refused = await call(session, frame(larger));
    expect(refused).toMatchObject({ status: "8", message: expect.stringContaining("100000") });
  });

  it.each(["gzip", "deflate", "snappy", "identity"])(
    "may say that it is compressed by %s and not be",
    async (encoding) => {
      const session = await open();
      expect((await call(session, frame(freshSpans()), { "grpc-encoding": encoding })).status).toBe("0");
    },
  );

  it.each(["snappy", "br"])("compressed by %s is told what can be read", async (encoding) => {
    const refused = await call(await open(), frame(freshSpans(), true), { "grpc-encoding": encoding });
    expect([refused.status, refused.message]).toEqual(["12", expect.stringContaining(encoding)]);
  });

  it("waits for its turn while as many messages come in as may at one time", async () => {
    const session = await open({ requestTimeoutMs: 500 });
    const ended: string[] = [];
    const note = (name: string) => (answer: Answer) => void ended.push(`${name} ${answer.status}`);
    const slow = Array.from({ length: 8 }, () => call(session, null).then(note("slow")));
    const quick = call(session, frame(freshSpans())).then(note("quick"));
    // What everybody may ask does not wait for them.
    expect((await call(session, frame(Buffer.alloc(0)), { ":path": healthPath })).status).toBe("0");
    await Promise.all([...slow, quick]);
    expect(ended[0]).toBe("slow 4");
    expect(ended).toContain("quick 0");
  });

  it("that takes more memory than there is left is to be tried again", async () => {
    const session = await open({ bodies: new BodyReader({ maxBodyBytes: 1000, maxBytesInFlight: 1000 }) });
    const refused = await call(session, frame(gzipSync(Buffer.alloc(1001)), true), {
      "grpc-encoding": "gzip",
    });
    expect([refused.status, refused.headers["grpc-status-details-bin"]]).toEqual(["14", expect.any(String)]);
    expect((await call(session, frame(freshSpans()))).status).toBe("0");
  });

  it.each([
    ["no message", Buffer.alloc(0)],
    ["half a message", frame(Buffer.alloc(100)).subarray(0, 50)],
    ["two messages", Buffer.concat([frame(Buffer.alloc(0)), frame(Buffer.alloc(0))])],
  ])("with %s is refused", async (_name, bytes) => {
    const before = doors.spool.snapshot().totals.traces;
    expect((await call(await open(), bytes)).status).toBe("12");
    expect(doors.spool.snapshot().totals.traces).toEqual(before);
  });

  it("that is given up in the middle of its message leaves nothing behind", async () => {
    const before = doors.spool.snapshot().totals.traces;
    const session = await open();
    for (let number = 0; number < 20; number += 1) {
      const stream = session.request({
        ":method": "POST",
        ":path": exportPath,
        "content-type": "application/grpc",
      });
      stream.on("error", () => undefined);
      await new Promise((resolve) => stream.write(frame(Buffer.alloc(90_000)).subarray(0, 80_000), resolve));
      const isClosed = new Promise((resolve) => stream.on("close", resolve));
      stream.destroy();
      await isClosed;
    }
    expect(doors.spool.snapshot().totals.traces).toEqual(before);
    // Twenty times 80,000 bytes would be three times what there is.
    await expect.poll(async () => (await call(session, frame(freshSpans()))).status).toBe("0");
  });

  it("to a method or in a form that there is not says so", async () => {
    const session = await open();
    expect(await call(session, frame(Buffer.alloc(0)), { ":path": "/a.b.C/Do" })).toMatchObject({
      status: "12",
      message: expect.stringContaining("/a.b.C/Do"),
    });
    expect((await call(session, null, { "content-type": "application/json" })).http).toBe(415);
  });
});

describe("a health check over gRPC", () => {
  const ask = (session: ClientHttp2Session, service: string): Promise<Answer> => {
    const name = Buffer.from(service);
    const request = service === "" ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
    return call(session, frame(request), { ":path": healthPath });
  };
  const [serving, notServing] = ["0801", "0802"].map((hex) => frame(Buffer.from(hex, "hex")));

  it("needs no key and answers for the server and for each service", async () => {
    const session = await open({
      admit() {
        throw new UnauthenticatedError("a key is needed");
      },
    });
    for (const service of ["", exportPath.split("/")[1]!]) {
      expect(await ask(session, service)).toMatchObject({ status: "0", body: serving });
    }
    expect((await ask(session, "some.other.Service")).status).toBe("5");
  });

  it("says when nothing can be taken", async () => {
    const session = await open({ isServing: () => false });
    expect(await ask(session, "")).toMatchObject({ status: "0", body: notServing });
  });
});

describe("another protocol at a port", () => {
  function exchange(port: number, bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = "";
      const socket = connect(port, "127.0.0.1", () => socket.write(bytes, "latin1"));
      socket.on("data", (chunk) => (text += chunk.toString("latin1")));
      socket.on("end", () => resolve(text));
      socket.on("error", reject);
    });
  }

  it.each(["POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n", "\u0016\u0003\u0001"])(
    "at the gRPC port is told where it belongs",
    async (bytes) => {
      await open();
      const answer = await exchange(opened.at(-1)!.port, bytes);
      expect(answer).toMatch(/^HTTP\/1\.1 400 .*This port speaks gRPC without TLS.*4318/s);
    },
  );

  it("gRPC at the HTTP port is told where it belongs", async () => {
    const answer = await exchange(Number(new URL(doors.url).port), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*This port speaks HTTP\/1\.1.*4317/s);
  });

  it("or any past the most that there may be is cut", async () => {
    const session = await open({ maxConnections: 1 });
    expect((await call(session, frame(freshSpans()))).status).toBe("0");
    const second = dial(opened.at(-1)!.port);
    await new Promise((resolve) => second.on("close", resolve));
    expect((await call(session, frame(freshSpans()))).status).toBe("0");
  });
});
