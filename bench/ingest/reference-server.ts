// What the server is compared with, in a process that holds nothing else: V8 marks its whole heap for bodies that lie outside it, and the
// modules of a benchmark alone make a bare drain twice as dear.
//   node --import tsx bench/ingest/reference-server.ts bare-drain|durable-drain|protobufjs-decode
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What a reference does with a whole body, now or in the end. */
type Consume = (body: Buffer) => void | Promise<void>;

serve(await createReference(process.argv[2]));

async function createReference(name: string | undefined): Promise<Consume> {
  switch (name) {
    case "bare-drain":
      return () => undefined;
    case "durable-drain":
      return (await import("./durable-drain.ts")).createDurableDrain();
    case "protobufjs-decode":
      return (await import("./protobufjs-decode.ts")).createProtobufjsDecode();
    default:
      throw new Error(`no reference is called ${String(name)}`);
  }
}

/** Answers 200 to every POST when `consume` is done with its body; prints its address as one JSON line. */
function serve(consume: Consume): void {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const answer = (): void => {
        response.writeHead(200, { "content-type": "application/x-protobuf", "content-length": "0" }).end();
      };
      const work = consume(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
      if (work === undefined) answer();
      else void work.then(answer);
    });
  });
  server.listen(0, "127.0.0.1", () => {
    // A listening TCP server has an address with a port, never a pipe's name.
    const { port } = server.address() as AddressInfo;
    console.log(JSON.stringify({ url: `http://127.0.0.1:${port}` }));
  });
}
