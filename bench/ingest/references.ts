import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";

const protoFile = fileURLToPath(new URL("../protos/trace-service.proto", import.meta.url));

/** What a reference does with a whole body. */
type Consume = (body: Buffer) => void;

/** Answers 200 to every POST after `consume` has seen its body; prints its address as one JSON line. */
function serve(consume: Consume): void {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      consume(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
      response.writeHead(200, { "content-type": "application/x-protobuf", "content-length": "0" }).end();
    });
  });
  server.listen(0, "127.0.0.1", () => {
    // A listening TCP server has an address with a port, never a pipe's name.
    const { port } = server.address() as AddressInfo;
    console.log(JSON.stringify({ url: `http://127.0.0.1:${port}` }));
  });
}

/** Bare node:http that reads the body and answers. */
export function serveBareDrain(): void {
  serve(() => undefined);
}

/** node:http and protobufjs: decodes by reflection from the .proto file, stores nothing. */
export async function serveProtobufjsDecode(): Promise<void> {
  const root = await protobuf.load(protoFile);
  const type = root.lookupType("opentelemetry.proto.ExportTraceServiceRequest");
  serve((body) => void type.decode(body));
}
