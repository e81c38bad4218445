// One call of a unary method. Source: grpc.io, "gRPC over HTTP2" and "Compression".
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { MalformedRequestError } from "../../decode/malformed-request-error.ts";
import type { SentBody } from "../read-body.ts";
import { findDecompressor, type Decompressor } from "../decompress.ts";
import { UnknownCompressionError } from "../errors.ts";

/** What a call ends with. */
export interface GrpcStatus {
  /** gRPC status code; 0 = OK. */
  readonly code: number;
  readonly message: string;
  /** A google.rpc.Status as protobuf, for senders that read more than the code. */
  readonly details?: Buffer;
}

const prefixBytes = 5;
const acceptedEncodings = "identity,gzip,deflate,zstd,snappy";

/** The one message that such a call holds, as a body of `stream`. */
export function toSentMessage(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  maxMessageBytes: number,
): SentBody {
  const encoding = headers["grpc-encoding"];
  return {
    stream,
    declaredBytes: 0,
    limit: {
      bytes: maxMessageBytes + prefixBytes,
      refusal: `the message is larger than the ${maxMessageBytes} bytes that this server reads over gRPC: send smaller batches`,
    },
    open: (raw) => openMessage(raw, Array.isArray(encoding) ? encoding[0] : encoding),
  };
}

function openMessage(raw: Buffer, encoding: string | undefined): ReturnType<SentBody["open"]> {
  const isCut = raw.length < prefixBytes || raw.readUInt32BE(1) > raw.length - prefixBytes;
  if (isCut) throw new MalformedRequestError("the call ended before its message did");
  const content = raw.subarray(prefixBytes);
  if (raw.readUInt32BE(1) < content.length)
    throw new MalformedRequestError("the call has more than one message: send one call each");
  return { content, decompress: raw.readUInt8(0) === 0 ? null : findMessageDecompressor(encoding) };
}

function findMessageDecompressor(encoding: string | undefined): Decompressor {
  const decompress = findDecompressor(encoding);
  if (decompress === null)
    throw new MalformedRequestError("the message is compressed without a grpc-encoding");
  if (decompress !== undefined) return decompress;
  throw new UnknownCompressionError(
    `grpc-encoding "${encoding}" is not read here: send one of ${acceptedEncodings}`,
  );
}

const answerHeaders = {
  [constants.HTTP2_HEADER_STATUS]: 200,
  "content-type": "application/grpc+proto",
  "grpc-accept-encoding": acceptedEncodings,
};

/** Answers a call that went well. */
export function sendMessage(stream: ServerHttp2Stream, message: Buffer): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return; // who asked is gone, or was told that it is too late
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  stream.respond(answerHeaders, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(Buffer.concat([prefix, message]));
}

/** Answers a call that did not. Whatever of it is still to come is not wanted. */
export function sendStatus(stream: ServerHttp2Stream, { code, message, details }: GrpcStatus): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  stream.respond(
    {
      ...answerHeaders,
      "grpc-status": String(code),
      "grpc-message": encodeMessage(message),
      ...(details === undefined ? {} : { "grpc-status-details-bin": details.toString("base64") }),
    },
    { endStream: true },
  );
  stopSender(stream);
}

/** Answers what is no call at all. */
export function sendHttpStatus(stream: ServerHttp2Stream, status: 405 | 415): void {
  stream.respond({ [constants.HTTP2_HEADER_STATUS]: status }, { endStream: true });
  stopSender(stream);
}

/** So long a sender may go on after its answer, as over HTTP/1.1. */
const lingerMs = 500;

/** Source: RFC 9113, 8.1: a whole answer may be followed by RST_STREAM with NO_ERROR where the request is not needed. */
function stopSender(stream: ServerHttp2Stream): void {
  if (stream.readableEnded) return;
  stream.resume();
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), lingerMs);
  stream.once("close", () => clearTimeout(timer));
}

/** Percent-encoded as the protocol wants it: printable ASCII but for the percent sign. */
function encodeMessage(message: string): string {
  return message.replaceAll(/[^ -$&-~]+/g, (text) =>
    Buffer.from(text)
      .toString("hex")
      .replaceAll(/../g, (byte) => `%${byte.toUpperCase()}`),
  );
}
