import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { chatChunks, completion } from "./openai-answers.ts";

/** OpenAI's chat API on a local port, for applications in processes of their own. */
export interface HttpProvider {
  /** Value for `OPENAI_BASE_URL`. */
  readonly baseUrl: string;
  readonly port: number;
  readonly headers: IncomingMessage["headers"][];
  close(): Promise<void>;
}

export async function startHttpProvider(): Promise<HttpProvider> {
  const headers: IncomingMessage["headers"][] = [];
  const server = createServer((request, response) => {
    headers.push(request.headers);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { stream?: boolean };
      if (body.stream === true) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        for (const chunk of chatChunks) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
        response.end("data: [DONE]\n\n");
        return;
      }
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(completion));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    port,
    headers,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
