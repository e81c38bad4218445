import { beforeAll, expect, it } from "vitest";
import type { Engine } from "../../store/engine.ts";
import { createTestStore } from "../../store/store.fixture.ts";
import { listScores } from "./list-scores.ts";

const baseMs = Date.UTC(2026, 10, 21);
const fromNs = BigInt(baseMs) * 1_000_000n;
const toNs = fromNs + 60_000_000_000n;

let store: Engine;
beforeAll(async () => {
  store = await createTestStore();
});

interface Said {
  readonly atMs: number;
  readonly name: string;
  readonly value?: string;
  readonly label?: string;
  readonly id?: string;
  readonly span?: string;
}

/** Stores scores, of one span where nothing else is said, in a project of their own, and answers what is listed of them, the first said in front. */
async function list(project: string, said: readonly Said[]): Promise<string[]> {
  const rows = said.map(({ atMs, name, value = "", label = "", id = "", span = "b7ad6b7169203331" }) =>
    JSON.stringify({
      at_ms: baseMs + atMs,
      span,
      attributes: {
        "gen_ai.evaluation.name": name,
        "gen_ai.evaluation.score.value": value,
        "gen_ai.evaluation.score.label": label,
        "spanlight.score.id": id,
      },
    }),
  );
  await store.command(
    `INSERT INTO logs (block, received_at, project, time, trace_id, span_id, event_name, attributes)
SELECT 1, now64(3), {project:String}, fromUnixTimestamp64Milli(at_ms, 'UTC'), unhex('0af7651916cd43dd8448eb211c80319c'), unhex(span),
  'gen_ai.evaluation.result', attributes
FROM format(JSONEachRow, 'at_ms Int64, span String, attributes Map(String, String)', {rows:String})`,
    { project, rows: rows.join("\n") },
  );
  const { items } = await listScores(store, { project, fromNs, toNs, limit: 100, filter: {} });
  return items.map(({ name, value, label }) => [name, value, label].join(" ")).toReversed();
}

it("what is said of a span twice, without an id, is one score", async () => {
  const twice = [
    { atMs: 1000, name: "helpful", value: "0.9" },
    { atMs: 1002, name: "helpful", value: "0.9" },
    { atMs: 1010, name: "tone", label: "friendly" },
    { atMs: 5012, name: "tone", label: "friendly" },
  ];
  expect((await list("twice", twice)).toSorted()).toEqual(["helpful 0.9 ", "tone  friendly"]);
});

it("scores that say something else, of other spans or of none, or under ids of their own are all listed", async () => {
  const others = [
    { atMs: 1000, name: "helpful", value: "0.9" },
    { atMs: 1001, name: "helpful", value: "0.8" },
    { atMs: 1002, name: "useful", value: "0.9" },
    { atMs: 3000, name: "helpful", value: "0.9", span: "b7ad6b7169203332" },
    { atMs: 4000, name: "helpful", value: "0.9", span: "0".repeat(16) },
    { atMs: 5000, name: "helpful", value: "0.9", span: "0".repeat(16) },
    { atMs: 6000, name: "helpful", value: "0.9", id: "a" },
    { atMs: 6000, name: "helpful", value: "0.9", id: "b" },
  ];
  expect(await list("others", others)).toHaveLength(others.length);
});
