import { PassThrough } from "node:stream";
import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { BodyMemory } from "./body-memory.ts";
import { findDecompressor, type DecompressOptions } from "./decompress.ts";
import { BodyReader, type SentBody } from "./read-body.ts";

const reader = (): BodyReader => new BodyReader({ maxBodyBytes: 300_000, maxBytesInFlight: 400_000 });

function send(declaredBytes: number): SentBody & { readonly stream: PassThrough } {
  return { stream: new PassThrough({ highWaterMark: 1_000_000 }), declaredBytes, decompress: null };
}

const readLength = (body: Buffer): Promise<number> => Promise.resolve(body.length);

describe("the memory of bodies", () => {
  it("is taken by bytes that have come, not by those that were announced", async () => {
    const bodies = reader();
    const announced = Array.from({ length: 10 }, () => send(300_000));
    const waiting = announced.map((sent) => bodies.withSent(sent, readLength));
    const whole = send(300_000);
    whole.stream.end(Buffer.alloc(300_000));
    expect(await bodies.withSent(whole, readLength)).toBe(300_000);
    for (const { stream } of announced) stream.end(Buffer.alloc(30_000));
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 10 }, () => 30_000));
  });

  it.each([0, 250_000])(
    "refuses what comes past it, and is free again when the others are gone (%i announced)",
    async (declared) => {
      const bodies = reader();
      const first = send(declared);
      const second = send(declared);
      const results = [first, second].map((sent) => bodies.withSent(sent, readLength));
      first.stream.write(Buffer.alloc(250_000));
      second.stream.write(Buffer.alloc(250_000));
      await expect(results[1]).rejects.toMatchObject({ code: "overloaded" });
      first.stream.destroy();
      await expect(results[0]).rejects.toMatchObject({ code: "incomplete_body" });
      const third = send(declared);
      third.stream.end(Buffer.alloc(250_000));
      expect(await bodies.withSent(third, readLength)).toBe(250_000);
    },
  );

  it("refuses at once what is announced larger than allowed or than there is room", async () => {
    const bodies = reader();
    await expect(bodies.withSent(send(300_001), readLength)).rejects.toMatchObject({
      code: "body_too_large",
    });
    const held = send(0);
    const first = bodies.withSent(held, readLength);
    held.stream.write(Buffer.alloc(200_000));
    await expect.poll(() => held.stream.readableLength).toBe(0);
    await expect(bodies.withSent(send(300_000), readLength)).rejects.toMatchObject({ code: "overloaded" });
    held.stream.end();
    expect(await first).toBe(200_000);
  });

  it("keeps a body of many pieces as it was sent", async () => {
    const bodies = new BodyReader({ maxBodyBytes: 30_000_000, maxBytesInFlight: 60_000_000 });
    const content = Buffer.from(Array.from({ length: 9_000_000 }, (_, index) => (index * 7) % 251));
    const sent = send(content.length);
    for (let at = 0; at < content.length; at += 1_000_003)
      sent.stream.write(content.subarray(at, at + 1_000_003));
    sent.stream.end();
    expect(await bodies.withSent(sent, (body) => Promise.resolve(body.equals(content)))).toBe(true);
  });
});

describe("a body that is decompressed", () => {
  const content = Buffer.alloc(300_000, "abc");
  const open = (maxBytes: number): DecompressOptions => ({
    maxOutputBytes: 350_000,
    held: new BodyMemory(maxBytes).open(),
  });

  it.each([
    ["gzip", gzipSync(content)],
    ["deflate", deflateSync(content)],
    ["gzip", Buffer.concat([gzipSync(content.subarray(0, 299_990)), gzipSync(content.subarray(299_990))])],
  ])("is counted before it takes memory (%s)", async (encoding, raw) => {
    const decompress = findDecompressor(encoding)!;
    await expect(decompress(raw, open(200_000))).rejects.toMatchObject({ code: "overloaded" });
    const options = open(350_000);
    expect((await decompress(raw, options)).equals(content)).toBe(true);
    expect(options.held.release()).toBeGreaterThanOrEqual(300_000);
  });

  it("counts what is left of a guess that was too large for itself alone", async () => {
    const memory = new BodyMemory(350_000);
    const held = memory.open();
    await findDecompressor("deflate")!(deflateSync(Buffer.from("x")), { maxOutputBytes: 350_000, held });
    expect(() => memory.open().take(349_999)).not.toThrow();
  });

  it("is refused where it is larger than allowed, whatever it says of itself", async () => {
    const raw = gzipSync(Buffer.alloc(1_000_000));
    raw.writeUInt32LE(10, raw.length - 4);
    await expect(findDecompressor("gzip")!(raw, open(10_000_000))).rejects.toBeInstanceOf(RangeError);
  });
});
