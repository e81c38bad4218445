import type OpenAI from "openai";

/** One way to watch a client, or none. */
export interface Variant {
  /** Starts it; returns the client to use. */
  start(client: OpenAI, endpoint: string): Promise<OpenAI>;
  /** Sends everything that waits. */
  flush(): Promise<void>;
}

export type VariantName = "bare" | "spanlight";

/** Each variant is loaded in a process of its own: nothing of the others is in it. */
export const variants: Readonly<Record<VariantName, () => Promise<Variant>>> = {
  bare: () => Promise.resolve({ start: (client) => Promise.resolve(client), flush: () => Promise.resolve() }),
  spanlight: async () => {
    const { forceFlush, init, wrap } = await import("@spanlight/sdk");
    return {
      start(client, endpoint) {
        init({ service: "bench", endpoint, captureContent: true });
        return Promise.resolve(wrap(client));
      },
      flush: () => forceFlush(30_000),
    };
  },
};
