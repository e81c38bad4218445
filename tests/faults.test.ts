import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("./faults/run.ts", import.meta.url));

interface Result {
  readonly ok: boolean;
  readonly wrongs: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
  readonly skipped?: string;
}

/** Runs one fault in a process of its own, for a short time. */
async function runFault(name: string, share: number): Promise<Result> {
  const args = ["--conditions=@spanlight/source", "--import", "tsx", program];
  const options = ["--only", name, "--share", String(share), "--seed", "20261121"];
  const child = spawn(process.execPath, [...args, ...options], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let progress = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (progress += chunk.toString()));
  await once(child, "close");
  const { faults } = JSON.parse(output.trim().split("\n").at(-1) ?? "{}") as {
    faults?: Record<string, Result>;
  };
  return faults?.[name] ?? { ok: false, wrongs: [progress], figures: {} };
}

const limits = { timeout: 180_000 };

it(
  "every signal adds up at once after each of three kills, and what was acknowledged is stored once",
  limits,
  async () => {
    expect(await runFault("kill", 0.15)).toMatchObject({ ok: true, wrongs: [], figures: { kills: 3 } });
  },
);

it(
  "a full disk loses nothing that was acknowledged, and goes on once there is room",
  limits,
  async (context) => {
    const result = await runFault("disk-full", 0.1);
    if (result.skipped !== undefined) context.skip(result.skipped);
    expect(result).toMatchObject({ ok: true, wrongs: [], figures: { refusedRequests: 40 } });
  },
);

it(
  "a full spool tells senders to try again and is not ready until the store has caught up",
  limits,
  async () => {
    expect(await runFault("spool-full", 0.1)).toMatchObject({
      ok: true,
      wrongs: [],
      figures: { refusedRequests: 5 },
    });
  },
);

it(
  "flipped bits in the spool are put aside and counted, and all the rest is stored once",
  limits,
  async () => {
    const { figures, ...result } = await runFault("corruption", 0.25);
    expect(result).toMatchObject({ ok: true, wrongs: [] });
    expect((figures["lost"] ?? 0) + (figures["unknown"] ?? 0)).toBeGreaterThan(0);
    expect(figures["stored"]).toBeGreaterThan(0);
  },
);

it("requests are acknowledged and stored beside a query that keeps the engine busy", limits, async () => {
  const { figures, ...result } = await runFault("long-query", 0.1);
  expect(result).toMatchObject({ ok: true, wrongs: [] });
  expect(figures["spansStoredBeside"]).toBeGreaterThan(0);
});

it("ten times the load is taken or told to try again, and stored once", limits, async () => {
  expect(await runFault("burst", 0.15)).toMatchObject({ ok: true, wrongs: [] });
});

it("spans of senders whose clocks are wrong are stored and found by their own time", limits, async () => {
  expect(await runFault("clock", 0.1)).toMatchObject({ ok: true, wrongs: [] });
});

it("a recalculation of costs that is killed is ended by the next start", limits, async () => {
  expect(await runFault("reprice", 0.2)).toMatchObject({ ok: true, wrongs: [], figures: { kills: 2 } });
});

it(
  "garbage on every door is refused, costs a bounded amount of memory and blocks nothing",
  limits,
  async () => {
    const { figures, ...result } = await runFault("garbage", 0.03);
    expect(result).toMatchObject({ ok: true, wrongs: [] });
    expect(figures["answered400"]).toBeGreaterThan(10);
    expect(figures["probes"]).toBeGreaterThan(1);
  },
);
