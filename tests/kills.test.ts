import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("./kills/run.ts", import.meta.url));

it(
  "keeps every acknowledged span once and none twice through 15 kills under load",
  { timeout: 240_000 },
  async () => {
    const args = [
      "--conditions=@spanlight/source",
      "--import",
      "tsx",
      program,
      "--kills",
      "15",
      "--seed",
      "20261121",
    ];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let progress = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (progress += chunk.toString()));
    const [code] = (await once(child, "close")) as [number];
    expect(code, progress).toBe(0);
    const result = JSON.parse(output.trim().split("\n").at(-1) ?? "{}") as Record<string, number | boolean>;
    expect(result).toMatchObject({ ok: true, kills: 15, wrongs: 0 });
    expect(result["killsDuringInsert"]).toBeGreaterThanOrEqual(5);
    expect(result["spans"]).toBe(Number(result["requests"]) * 150);
  },
);
