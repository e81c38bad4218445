import { waitForTokens, type Exchange, type Surroundings } from "./exchange.ts";
import type { Model } from "./models.ts";

/** A body of server-sent events that can break off half way. */
export interface EventStream {
  send(data: unknown, event?: string): void;
  /** Sends one event per piece at the model's speed. Returns false when the fault `cut` has broken the stream off. */
  sendPieces(
    pieces: readonly string[],
    toEvent: (piece: string) => { data: unknown; event?: string },
  ): Promise<boolean>;
  end(lastLine?: string): void;
}

export function openEventStream(exchange: Exchange, surroundings: Surroundings, model: Model): EventStream {
  const { response } = exchange;
  response.writeHead(200, {
    ...exchange.headers,
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    "openai-processing-ms": String(Math.round(surroundings.now() - exchange.startedMs)),
  });
  const send = (data: unknown, event?: string): void => {
    response.write(`${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`);
  };
  return {
    send,
    async sendPieces(pieces, toEvent) {
      for (const [index, piece] of pieces.entries()) {
        if (surroundings.faults.isOn("cut") && index >= pieces.length / 2) {
          // What was written still arrives; the chunked body just never ends.
          response.socket?.end();
          return false;
        }
        if (index > 0) await waitForTokens(exchange, surroundings, { model, tokens: 1 });
        const { data, event } = toEvent(piece);
        send(data, event);
      }
      return true;
    },
    end(lastLine) {
      response.end(lastLine === undefined ? undefined : `data: ${lastLine}\n\n`);
    },
  };
}
