import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { describeError } from "./describe-error.ts";

async function failureOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

describe("describeError", () => {
  it("names what broke a body that was under way, not the class that fetch throws for everything", async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const error = await failureOf(async () => (await fetch(`http://127.0.0.1:${port}`)).text());
    server.close();
    expect(describeError(error)).toMatchObject({ type: "UND_ERR_SOCKET", code: "UND_ERR_SOCKET" });
  });

  it("names why no connection came about", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const error = await failureOf(() => fetch(`http://127.0.0.1:${port}`));
    expect(describeError(error)).toMatchObject({ type: "ECONNREFUSED" });
  });

  it("leaves a TypeError of the application what it is", () => {
    expect(describeError(new TypeError("x is not a function")).type).toBe("TypeError");
  });
});
