/** What a provider answers: the fetch a client is given in tests. The client itself is the real one. */
export interface FakeProvider {
  readonly fetch: typeof globalThis.fetch;
  /** Bodies of the requests so far, parsed. */
  readonly requests: {
    readonly url: string;
    readonly body: Record<string, unknown>;
    readonly headers: Headers;
  }[];
}

export type ProviderAnswer = (signal: AbortSignal | undefined) => Response;

/**
 * The address that fetch was given. Told by its shape: the global `Request` may be a subclass (@hono/node-server puts
 * its own there), whose clones are not of it.
 */
export function urlOf(input: Parameters<typeof globalThis.fetch>[0]): string {
  return typeof input === "object" && "url" in input ? input.url : String(input);
}

/** A provider that gives these answers in order; the last one stays. */
export function createProvider(...answers: ProviderAnswer[]): FakeProvider {
  const requests: FakeProvider["requests"] = [];
  let next = 0;
  const fetch: typeof globalThis.fetch = (input, init) => {
    const text = typeof init?.body === "string" ? init.body : "{}";
    requests.push({
      url: urlOf(input),
      body: JSON.parse(text) as Record<string, unknown>,
      headers: new Headers(init?.headers),
    });
    const answer = answers[Math.min(next++, answers.length - 1)];
    if (init?.signal?.aborted === true) return Promise.reject(init.signal.reason as Error);
    if (answer === undefined) return Promise.reject(new TypeError("fetch failed"));
    return Promise.resolve(answer(init?.signal ?? undefined));
  };
  return { fetch, requests };
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): ProviderAnswer {
  return () =>
    new Response(JSON.stringify(body), {
      status,
      headers: { "content-type": "application/json", "x-request-id": "req_1", ...headers },
    });
}

/** Server-sent events, each in a network chunk of its own, ended by `[DONE]`. Stops when the client hangs up. */
export function events(list: readonly unknown[], { named = false } = {}): ProviderAnswer {
  return (signal) => {
    const pending = list.map((event) => frame(event, named));
    if (!named) pending.push("data: [DONE]\n\n");
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (signal?.aborted === true) return controller.error(signal.reason);
        const text = pending.shift();
        if (text === undefined) return controller.close();
        controller.enqueue(encoder.encode(text));
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream", "x-request-id": "req_1" } });
  };
}

function frame(event: unknown, named: boolean): string {
  const data = typeof event === "string" ? event : JSON.stringify(event);
  if (!named) return `data: ${data}\n\n`;
  const type = (JSON.parse(data) as { type?: string }).type ?? "message";
  return `event: ${type}\ndata: ${data}\n\n`;
}
