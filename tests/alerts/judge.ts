import { setTimeout as delay } from "node:timers/promises";

/** Judges what the bot answered, as an evaluator beside the application does: a score for every trace. */
export interface Judge {
  /** The score given from now on. */
  score: number;
  stop(): Promise<void>;
}

const PAUSE_MS = 2_000;

/** Scores the faithfulness of the newest traces of a service again and again. */
export function startJudge(serverUrl: string, service: string): Judge {
  const abort = new AbortController();
  const seen = new Set<string>();
  const judge: Judge = {
    score: 0.95,
    async stop() {
      abort.abort();
      await running;
    },
  };
  const running = run();
  return judge;

  async function run(): Promise<void> {
    while (!abort.signal.aborted) {
      await judgeFresh().catch((error: unknown) => {
        // A busy server answers later: what was not judged now is judged then.
        process.stderr.write(`the judge waits: ${String(error)}\n`);
      });
      await delay(PAUSE_MS, undefined, { signal: abort.signal }).catch(() => undefined);
    }
  }

  async function judgeFresh(): Promise<void> {
    const fresh = (await listTraces()).filter((traceId) => !seen.has(traceId));
    if (fresh.length > 0) await sendScores(fresh);
    for (const traceId of fresh) seen.add(traceId);
  }

  async function listTraces(): Promise<string[]> {
    const from = Date.now() - 60_000;
    const answer = await fetch(`${serverUrl}/api/traces?service=${service}&limit=200&from=${from}`);
    if (!answer.ok) throw new Error(`traces: ${answer.status}`);
    const { items } = (await answer.json()) as { items: { traceId: string; models: string[] }[] };
    return items.filter(({ models }) => models.length > 0).map(({ traceId }) => traceId);
  }

  async function sendScores(traceIds: readonly string[]): Promise<void> {
    const attribute = (key: string, value: object): object => ({ key, value });
    const logRecords = traceIds.map((traceId) => ({
      timeUnixNano: `${Date.now()}000000`,
      eventName: "gen_ai.evaluation.result",
      traceId,
      attributes: [
        attribute("gen_ai.evaluation.name", { stringValue: "faithfulness" }),
        attribute("gen_ai.evaluation.score.value", { doubleValue: judge.score }),
      ],
    }));
    const resource = { attributes: [attribute("service.name", { stringValue: "judge" })] };
    const body = JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${serverUrl}/v1/logs`, { method: "POST", headers, body });
    if (!answer.ok) throw new Error(`scores: ${answer.status}`);
  }
}
