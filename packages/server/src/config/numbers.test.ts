import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSettings, type Settings } from "./config.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-numbers-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

const fromEnvironment = (name: string, value: string): Settings =>
  readSettings({ environment: { [name]: value }, flags: {} });
const fromFile = (text: string): Settings => {
  const file = join(directory, "spanlight.yaml");
  writeFileSync(file, text);
  return readSettings({ environment: { SPANLIGHT_CONFIG: file }, flags: {} });
};

describe("a setting that is a number", () => {
  it.each([
    ["true", "true is not a number"],
    ["[5]", "[5] is not a number"],
    ["[]", "[] is not a number"],
    ["' '", '" " is not a number'],
    ["7d", '"7d" is not a number'],
    ["-1", "expected number to be >=0"],
    ["1.5", "expected int"],
    ["36501", "expected number to be <=36500"],
    [".inf", "retention_traces_days"],
  ])("is not %s", (value, reason) => {
    expect(() => fromFile(`retention_traces_days: ${value}`)).toThrow(reason);
  });

  it.each(["", "null", "~"])("is not set by '%s' in the file", (value) => {
    expect(fromFile(`retention_traces_days: ${value}`).retention_traces_days).toBe(30);
  });

  it("may be written in quotes", () => {
    expect(fromFile("retention_traces_days: '7'").retention_traces_days).toBe(7);
  });

  it.each([
    ["SPANLIGHT_RETENTION_TRACES_DAYS", " "],
    ["SPANLIGHT_RETENTION_LOGS_BYTES", "10GB"],
    ["SPANLIGHT_RETENTION_LOGS_BYTES", "10"],
    ["SPANLIGHT_RETENTION_CONTENT_BYTES", "0"],
    ["SPANLIGHT_RETENTION_METRICS_BYTES", "-5"],
    ["SPANLIGHT_HOUSEKEEPING_INTERVAL_MS", "2147483648"],
  ])("%s is not '%s'", (name, value) => {
    expect(() => fromEnvironment(name, value)).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });
});
