import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { createRequest, type NumberedRequest } from "./requests.ts";
import { keyPlaceOf, type SenderKey } from "./sender-keys.ts";

/** Sends numbered requests on a few connections, and knows which of them were acknowledged. */
export interface Sender {
  /** Requests acknowledged so far. */
  readonly acknowledged: ReadonlySet<number>;
  /** Requests answered 200 after they had been acknowledged before. */
  readonly repeated: number;
  /**
   * Sends until `signal` fires or the server is gone. A connection begins with the request that had no answer when the
   * last server died, byte for byte.
   */
  run(url: string, signal: AbortSignal): Promise<void>;
  /** Sends every unanswered request until it is acknowledged. */
  finish(url: string): Promise<void>;
  /** Sends the last acknowledged requests once more. */
  repeatLast(url: string): Promise<void>;
}

const connections = 3;
const remembered = 20;

export function createSender(seed: number, keys: readonly SenderKey[]): Sender {
  const acknowledged = new Set<number>();
  const unanswered = new Map<number, NumberedRequest>();
  const recent: NumberedRequest[] = [];
  let nextNumber = 0;
  let repeated = 0;
  const send = (url: string, agent: Agent, { number, bytes }: NumberedRequest): Promise<Outcome> =>
    trySend(url, bytes, { agent, key: keys[keyPlaceOf(number, keys)]?.text ?? null });
  const acknowledge = (sent: NumberedRequest): void => {
    acknowledged.add(sent.number);
    recent.push(sent);
    if (recent.length > remembered) recent.shift();
  };
  const runLane = async (
    lane: number,
    to: { url: string; agent: Agent; isOver: () => boolean },
  ): Promise<void> => {
    while (!to.isOver()) {
      const sending = unanswered.get(lane) ?? createRequest(nextNumber++, seed);
      unanswered.set(lane, sending);
      const isStored = await send(to.url, to.agent, sending);
      if (isStored === "gone") return;
      if (isStored === "later") {
        await delay(50);
        continue;
      }
      unanswered.delete(lane);
      acknowledge(sending);
    }
  };
  const runLanes = async (url: string, isOver: (lane: number) => boolean): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    const lanes = Array.from({ length: connections }, (_, lane) =>
      runLane(lane, { url, agent, isOver: () => isOver(lane) }),
    );
    await Promise.all(lanes);
    agent.destroy();
  };
  return {
    acknowledged,
    get repeated() {
      return repeated;
    },
    run: (url, signal) => runLanes(url, () => signal.aborted),
    finish: (url) => runLanes(url, (lane) => !unanswered.has(lane)),
    async repeatLast(url) {
      const agent = new Agent();
      for (const sent of recent) if ((await send(url, agent, sent)) === "stored") repeated += 1;
      agent.destroy();
    },
  };
}

/** The server answered something that is neither an acknowledgement nor "try again". */
export class UnexpectedAnswerError extends Error {
  readonly code = "unexpected_answer";
}

type Outcome = "stored" | "later" | "gone";

function trySend(
  url: string,
  bytes: Buffer,
  { agent, key }: { agent: Agent; key: string | null },
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/x-protobuf",
      "content-length": bytes.length,
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    };
    const outgoing = request(`${url}/v1/traces`, { method: "POST", agent, headers }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString("latin1")));
      response.on("error", () => resolve("gone"));
      response.on("end", () => {
        const status = response.statusCode ?? 0;
        if (status === 200 && body === "") return resolve("stored");
        if (status === 429 || status === 503) return resolve("later");
        reject(new UnexpectedAnswerError(`The server answered ${status}: ${body}`));
      });
    });
    outgoing.on("error", () => resolve("gone"));
    outgoing.end(bytes);
  });
}
