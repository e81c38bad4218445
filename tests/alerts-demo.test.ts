// The rules before the demo with its faults on and off again, up to real receivers, with shortened windows.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("./alerts/run.ts", import.meta.url));

interface Result {
  readonly ok: boolean;
  readonly hasLinks: boolean;
  readonly receivers: readonly string[];
  readonly alerts: readonly { alert: string; slowestSeconds: number | null; isResolved: boolean }[];
}

it(
  "textbook and shipped rules fire on the demo's faults, arrive everywhere within two minutes, and end with them",
  { timeout: 540_000 },
  async () => {
    const args = ["--conditions=@spanlight/source", "--import", "tsx", program, "--quick"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let progress = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (progress += chunk.toString()));
    const [code] = (await once(child, "close")) as [number];
    const result = JSON.parse(output.trim().split("\n").at(-1) ?? "{}") as Result;
    expect(code, progress).toBe(0);
    expect(result).toMatchObject({ ok: true, hasLinks: true });
    expect(result.receivers).toEqual(expect.arrayContaining(["slack", "webhook", "smtp"]));
    expect(result.alerts.map(({ alert }) => alert)).toEqual(
      expect.arrayContaining(["CostSpike", "LatencyHigh", "ErrorRateHigh", "QualityLow", "LLMCostSpike"]),
    );
  },
);
