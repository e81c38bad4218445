// Connections as no well-behaved client has them, over real sockets.
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { defaultMaxConnections } from "./connection-limit.ts";
import { listen, type Listening, type ListenOptions } from "./listen.ts";

const opened: Listening[] = [];
const logged: string[] = [];
const asked: string[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((listening) => listening.close(0)));
  logged.length = 0;
  asked.length = 0;
});

/** A server that answers with the address it was asked for, and fails at one. */
async function open(options: Partial<ListenOptions> = {}): Promise<number> {
  const app = {
    async fetch(request: Request): Promise<Response> {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      if (pathname === "/fail") throw new Error("a wheel came off");
      if (pathname === "/much") return new Response("m".repeat(50_000_000));
      const text = request.method === "POST" ? await request.text() : "";
      return new Response(`at ${pathname} ${text}`);
    },
  };
  const listening = await listen(app, {
    host: "127.0.0.1",
    port: 0,
    log: (_level, message, fields) => logged.push(`${message} ${JSON.stringify(fields)}`),
    ...options,
  });
  opened.push(listening);
  return listening.port;
}

/** Sends the bytes and answers all that came back until the server closed the connection. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes, "latin1"));
    socket.on("data", (chunk) => (text += chunk.toString("latin1")));
    socket.on("error", reject);
    socket.on("end", () => resolve(text));
  });
}

describe("a connection", () => {
  it.each([
    ["nothing", ""],
    ["half a header", "POST /x HTTP/1.1\r\nhost: x\r\nx-y: "],
    ["half a body", "POST /x HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc"],
    ["half of its chunks", "POST /x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"],
  ])("on which %s comes is ended when its time is over, and told why", async (_name, bytes) => {
    const answer = await exchange(await open({ requestTimeoutMs: 200 }), bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 408 .*SPANLIGHT_REQUEST_TIMEOUT_MS/s);
  });

  it("past the most that there may be is closed, and the ones there were go on", async () => {
    const port = await open({ maxConnections: 1 });
    const first = connect(port, "127.0.0.1");
    let text = "";
    first.on("data", (chunk) => (text += chunk.toString()));
    first.write("GET /one HTTP/1.1\r\nhost: x\r\n\r\n");
    await expect.poll(() => text).toContain("at /one");
    expect(await exchange(port, "")).toBe("");
    first.write("GET /two HTTP/1.1\r\nhost: x\r\n\r\n");
    await expect.poll(() => text).toContain("at /two");
    first.destroy();
  });

  it("is kept longer than load balancers keep theirs", async () => {
    const response = await fetch(`http://127.0.0.1:${await open()}/`);
    expect(Number(/timeout=(\d+)/.exec(response.headers.get("keep-alive") ?? "")?.[1])).toBeGreaterThan(60);
    await response.text();
  });

  it("is ended when nothing has come on it for as long as it is kept", async () => {
    const port = await open({ keepAliveTimeoutMs: 50 });
    expect(await exchange(port, "GET /last HTTP/1.1\r\nhost: x\r\n\r\n")).toContain("at /last");
  });

  it("whose answer nobody reads is cut", async () => {
    const socket = connect(await open({ idleTimeoutMs: 100 }), "127.0.0.1");
    socket.pause();
    socket.write("GET /much HTTP/1.1\r\nhost: x\r\n\r\n");
    const listening = opened.at(-1)!;
    await expect.poll(() => asked).toContain("/much");
    // Without connections the server closes at once; the grace is far longer than the test may take.
    await listening.close(60_000);
    socket.destroy();
  });

  it("may hold several requests at once, which are answered in their order", async () => {
    const requests = ["one", "two"].map((name) => `GET /${name} HTTP/1.1\r\nhost: x\r\n\r\n`).join("");
    const answer = await exchange(
      await open(),
      `${requests}GET /three HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    );
    expect([...answer.matchAll(/at \/(\w+)/g)].map(([, name]) => name)).toEqual(["one", "two", "three"]);
  });
});

describe("a request", () => {
  it("in HTTP/1.0 needs no host, as health checks have none", async () => {
    expect(await exchange(await open(), "GET /healthz HTTP/1.0\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 200 .*at \/healthz/s,
    );
  });

  it.each([
    ["nonsense", "\u0000\u0001\u0002\r\n\r\n", "400"],
    ["two lengths", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", "400"],
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "400",
    ],
    ["headers without an end", `GET / HTTP/1.1\r\nhost: x\r\nx: ${"a".repeat(20_000)}`, "431"],
  ])("of %s is refused in words, and nothing after it is read", async (_name, bytes, status) => {
    const answer = await exchange(await open(), `${bytes}GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*connection: close.*\\n.{20,}\\n$`, "s"));
    expect(answer).not.toContain("smuggled");
  });

  it("that fails where nobody expected it is in the log, and tells nobody else why", async () => {
    const response = await fetch(`http://127.0.0.1:${await open()}/fail`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("wheel");
    expect(logged).toEqual([expect.stringContaining("a wheel came off")]);
  });

  it("whose address is none is its sender's to mend", async () => {
    const port = await open();
    for (const target of ["*", "http://", "/a\\b"]) {
      const answer = await exchange(
        port,
        `OPTIONS ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
      );
      expect(answer, target).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(logged).toEqual([]);
  });
});

describe("the most connections of a door", () => {
  it.each([
    [1024, 256],
    [20_000, 5000],
    [1_048_576, 10_000],
    [32, 16],
  ])("of a process with %i file descriptors are %i", (descriptors, connections) => {
    const limits = `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${descriptors}                4096                 files\n`;
    expect(defaultMaxConnections(limits)).toBe(connections);
  });

  it("are bounded where the system does not say", () => {
    expect(defaultMaxConnections("")).toBe(10_000);
  });
});
