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
const grpcSentence =
  "This port speaks HTTP/1.1. OTLP over gRPC has a port of its own: 4317, unless SPANLIGHT_GRPC_PORT says otherwise.";

/** Clients of gRPC know an answer in HTTP/1.1 for what it is, and wait before they try again; after one in HTTP/2 they do not. */
function isGrpc({ rawPacket }: ClientError): boolean {
  return rawPacket?.toString("latin1", 0, preface.length) === preface;
}

/** Answers once, if anybody is there to read it, and closes the connection. */
export function answerNoRequest(error: ClientError, socket: Socket & { _httpMessage?: unknown }): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy(error);
  // An answer that has begun cannot become another one.
  if (isAnswering(socket)) return void socket.destroy(error);
  const code = error.code ?? "";
  const sentence = isGrpc(error)
    ? grpcSentence
    : (sentences[code] ?? `This is no request of HTTP/1.1: ${error.message}.`);
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
