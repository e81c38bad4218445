import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runScript } from "./script/run-script.ts";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../../..");
const conformance = path.join(
  process.env["SPANLIGHT_CONFORMANCE"] ?? path.join(root, "../shared/conformance"),
  "promql",
);
const own = path.resolve(here, "../testdata");

/** The evals that need native histograms: how many there are in each file, and the sum of their lines. */
const NATIVE_HISTOGRAMS: Readonly<Record<string, readonly [count: number, lineSum: number]>> = {
  "aggregators.test": [35, 18373],
  "functions.test": [98, 102518],
  "histograms.test": [92, 62195],
  "range_queries.test": [1, 93],
};
const EVALS: Readonly<Record<string, number>> = {
  "aggregators.test": 160,
  "collision.test": 2,
  "functions.test": 431,
  "histograms.test": 185,
  "literals.test": 25,
  "name_label_dropping.test": 30,
  "range_queries.test": 18,
  "selectors.test": 31,
  "staleness.test": 17,
};

describe("Prometheus' own test scripts", () => {
  for (const file of Object.keys(EVALS)) {
    it(`every eval of ${file} without native histograms passes`, async (context) => {
      const place = path.join(conformance, file);
      if (!existsSync(place)) context.skip(`${place} is not there`);
      const outcomes = await runScript(readFileSync(place, "utf8"));
      expect(outcomes.filter(({ status }) => status === "failed" || status === "ignored")).toEqual([]);
      const skipped = outcomes.filter(({ status }) => status === "skipped");
      expect(new Set(skipped.map(({ message }) => message))).toEqual(
        new Set(skipped.length === 0 ? [] : ["uses native histogram samples"]),
      );
      const lines = skipped.map(({ line }) => line);
      expect([lines.length, lines.reduce((sum, line) => sum + line, 0)]).toEqual(
        NATIVE_HISTOGRAMS[file] ?? [0, 0],
      );
      expect(outcomes.length).toBe(EVALS[file]);
    });
  }
});

describe("our own test scripts", () => {
  for (const file of readdirSync(own)) {
    it(`every eval of ${file} passes`, async () => {
      const outcomes = await runScript(readFileSync(path.join(own, file), "utf8"));
      expect(outcomes.length).toBeGreaterThan(0);
      expect(outcomes.filter(({ status }) => status !== "passed")).toEqual([]);
    });
  }
});
