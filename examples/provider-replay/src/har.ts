import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { readEvent, type Answer, type Recording } from "./recording.ts";

interface HarHeader {
  readonly name: string;
  readonly value: string;
}

interface HarEntry {
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly postData?: { readonly text?: string };
  };
  readonly response: {
    readonly status: number;
    readonly headers: readonly HarHeader[];
    readonly content: { readonly mimeType?: string; readonly encoding?: string; readonly text?: string };
  };
}

/** The exchanges of an HTTP archive, one recording each. */
export function readHarEntries(name: string, text: string): Recording[] {
  const archive = JSON.parse(text) as { readonly log: { readonly entries: readonly HarEntry[] } };
  return archive.log.entries.map((entry, index) => ({
    name: `${name}#${index + 1}`,
    provider: new URL(entry.request.url).hostname,
    method: entry.request.method,
    url: entry.request.url,
    status: entry.response.status,
    headers: Object.fromEntries(
      entry.response.headers.map(({ name: header, value }) => [header.toLowerCase(), value]),
    ),
    request: parseJson(entry.request.postData?.text ?? ""),
    answer: readAnswer(entry.response),
  }));
}

function readAnswer(response: HarEntry["response"]): Answer {
  const bytes = readBytes(response);
  const contentType = response.content.mimeType ?? "";
  if (contentType.includes("event-stream") && !contentType.includes("amazon"))
    return { kind: "events", events: readServerSentEvents(bytes.toString()) };
  const body = parseJson(bytes.toString());
  return body === undefined ? { kind: "bytes", bytes, contentType } : { kind: "body", body };
}

/** Recorders keep compressed bodies as base64, some as a JSON list of base64 pieces. */
function readBytes(response: HarEntry["response"]): Buffer {
  const text = response.content.text ?? "";
  if (response.content.encoding !== "base64") return Buffer.from(text);
  const pieces = text.startsWith("[") ? (JSON.parse(text) as readonly string[]) : [text];
  const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece, "base64")));
  return decompress(bytes, response.headers);
}

function decompress(bytes: Buffer, headers: readonly HarHeader[]): Buffer {
  const encodings = headers.filter(({ name }) => name.toLowerCase() === "content-encoding");
  const options = { finishFlush: 2 };
  switch (encodings[0]?.value) {
    case "gzip":
      return gunzipSync(bytes, options);
    case "br":
      return brotliDecompressSync(bytes);
    case "deflate":
      return inflateSync(bytes, options);
    default:
      return bytes;
  }
}

function readServerSentEvents(text: string): unknown[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice("data:".length).trim())
    .filter((data) => data !== "" && data !== "[DONE]")
    .map(readEvent);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
