// What came over an HTTP connection and is no request that could reach a door.
import type { Socket } from "node:net";

/** What Node says of bytes that are no request. */
export interface ClientError extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
}

const statuses: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};
const sentences: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "The headers, or the address, are longer than this server reads.",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "The extensions of a chunk are longer than this server reads.",
  ERR_HTTP_REQUEST_TIMEOUT:
    "The request did not come in the time that this server waits (SPANLIGHT_REQUEST_TIMEOUT_MS).",
};

const preface = "PRI * HTTP/2.0";

/** Answers once, if anybody is there to read it, and closes the connection. */
export function answerNoRequest(error: ClientError, socket: Socket & { _httpMessage?: unknown }): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy(error);
  if (error.rawPacket?.toString("latin1", 0, preface.length) === preface) {
    return void socket.end(
      goAway(
        "This port speaks HTTP/1.1. OTLP over gRPC has a port of its own: 4317, unless SPANLIGHT_GRPC_PORT says otherwise.",
      ),
    );
  }
  // An answer that has begun cannot become another one.
  if (isAnswering(socket)) return void socket.destroy(error);
  const code = error.code ?? "";
  const sentence = sentences[code] ?? `This is no request of HTTP/1.1: ${error.message}.`;
  socket.end(
    `HTTP/1.1 ${statuses[code] ?? "400 Bad Request"}\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(sentence) + 1}\r\n\r\n${sentence}\n`,
  );
}

/** Node keeps the answer that a connection is busy with under this name. Source: Node's own `socketOnError`. */
function isAnswering({ _httpMessage: answer }: { _httpMessage?: unknown }): boolean {
  return (
    typeof answer === "object" && answer !== null && "headersSent" in answer && answer.headersSent === true
  );
}

const settingsFrame = Buffer.from("000000040000000000", "hex");
const http11Required = 0x0d;

/** The end of an HTTP/2 connection, with a text that clients show. Source: RFC 9113, 6.8. */
function goAway(text: string): Buffer {
  const payload = Buffer.alloc(8 + Buffer.byteLength(text));
  payload.writeUInt32BE(http11Required, 4);
  payload.write(text, 8);
  const head = Buffer.from("000000070000000000", "hex");
  head.writeUIntBE(payload.length, 0, 3);
  return Buffer.concat([settingsFrame, head, payload]);
}
