import { expect, it } from "vitest";
import { readSettings } from "../config/config.ts";
import { readSelfTracesPlace } from "./self-traces-place.ts";

const read = (environment: Record<string, string>): ReturnType<typeof readSelfTracesPlace> =>
  readSelfTracesPlace(
    readSettings({ environment: { SPANLIGHT_CONFIG: "/dev/null", ...environment }, flags: {} }),
  );

it("there are none unless the setting says so", () => {
  expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" })).toEqual({ kind: "off" });
  expect(read({ SPANLIGHT_SELF_TRACES: "store" })).toEqual({ kind: "store" });
});

it.each([
  ["http://collector:4318", "http://collector:4318/v1/traces"],
  ["https://collector/otlp/", "https://collector/otlp/v1/traces"],
  ["http://collector:4318/v1/traces", "http://collector:4318/v1/traces"],
])("spans for %s are posted to %s", (place, url) => {
  expect(read({ SPANLIGHT_SELF_TRACES: place })).toEqual({ kind: "otlp", url, headers: {} });
});

it("headers are written as OpenTelemetry writes them", () => {
  const headers = "Authorization=Bearer%20abc==, x-scope = a%2Cb";
  expect(
    read({ SPANLIGHT_SELF_TRACES: "http://collector", SPANLIGHT_SELF_TRACES_HEADERS: headers }),
  ).toMatchObject({
    headers: { authorization: "Bearer abc==", "x-scope": "a,b" },
  });
});

it.each([
  ["on", /give "off", "store" or the base URL/],
  ["ftp://collector", /give "off", "store" or the base URL/],
  ["http://localhost:4318", /is this server: give "store"/],
  ["http://127.0.0.1:4318/", /is this server/],
  ["http://user:secret@collector", /SPANLIGHT_SELF_TRACES_HEADERS/],
])("%s is refused", (place, reason) => {
  expect(() => read({ SPANLIGHT_SELF_TRACES: place })).toThrow(reason);
});

it.each(["secret", "=secret", "x=%zzsecret", "x=a%0Asecret", "x y=secret"])(
  "headers that are none, as %s, are refused without being told",
  (headers) => {
    const reading = (): unknown =>
      read({ SPANLIGHT_SELF_TRACES: "http://collector", SPANLIGHT_SELF_TRACES_HEADERS: headers });
    expect(reading).toThrow(/SPANLIGHT_SELF_TRACES_HEADERS cannot be used/);
    expect(reading).not.toThrow(/secret/);
  },
);
