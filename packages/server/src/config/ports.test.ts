import { describe, expect, it } from "vitest";
import { readSettings } from "./config.ts";

const read = (
  environment: Record<string, string>,
  flags: Record<string, string> = {},
): [http: number, grpc: number] => {
  const { port, grpc_port: grpcPort } = readSettings({ environment, flags });
  return [port, grpcPort];
};

describe("the ports", () => {
  it("are OpenTelemetry's own unless told otherwise", () => {
    expect(read({})).toEqual([4318, 4317]);
    expect(read({ SPANLIGHT_PORT: "8080" })).toEqual([8080, 4317]);
  });

  it("are both free ones for who asks for any free one", () => {
    expect(read({ SPANLIGHT_PORT: "0" })).toEqual([0, 0]);
    expect(read({}, { port: "0" })).toEqual([0, 0]);
  });

  it("are what they are set to", () => {
    expect(read({ SPANLIGHT_PORT: "0", SPANLIGHT_GRPC_PORT: "4000" })).toEqual([0, 4000]);
    expect(read({ SPANLIGHT_GRPC_PORT: "0" }, { grpc_port: "5000" })).toEqual([4318, 5000]);
  });
});
