import { describe, expect, it } from "vitest";
import { decompressZstd } from "./zstd.ts";

const text = Buffer.from("a span, a point, a record; ".repeat(100));

/** Written by zstd 1.5 of `text`: at level 3 with a checksum, and from a pipe (no content size in the header). */
const frames = {
  withChecksum: "KLUv/WSMCQ0BALhhIHNwYW4sIGEgcG9pbnRyZWNvcmQ7IAIAbvLpHNlSBwB5WCg=",
  fromPipe: "KLUv/QBYHQEA2GEgc3BhbiwgYSBwb2ludCwgYSByZWNvcmQ7IAEAu8n9OQY=",
};

describe("decompressZstd", () => {
  it.each(Object.entries(frames))("reads a frame %s", (_name, frame) => {
    expect(decompressZstd(Buffer.from(frame, "base64"), 10_000)).toEqual(text);
  });

  it("reads several frames and skips what is not content", () => {
    const skipped = Buffer.from("502a4d1803000000616263", "hex");
    const frame = Buffer.from(frames.fromPipe, "base64");
    const body = Buffer.concat([frame, skipped, frame]);
    expect(decompressZstd(body, 10_000)).toEqual(Buffer.concat([text, text]));
  });

  it.each(Object.entries(frames))("refuses more than is allowed from a frame %s", (_name, frame) => {
    expect(() => decompressZstd(Buffer.from(frame, "base64"), text.length - 1)).toThrow(RangeError);
  });

  it("refuses a frame that asks for terabytes before it takes any memory", () => {
    const header = Buffer.from("28b52ffde0ffffffffffff0f00010000", "hex");
    expect(() => decompressZstd(header, 1_000_000)).toThrow(RangeError);
  });

  it("throws at every cut", () => {
    const frame = Buffer.from(frames.withChecksum, "base64");
    for (let length = 1; length < frame.length - 4; length += 1) {
      const cut = (): Buffer => decompressZstd(frame.subarray(0, length), 10_000);
      expect(cut).toThrow(Error);
      expect(cut).not.toThrow(RangeError);
    }
  });
});
