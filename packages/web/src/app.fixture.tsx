// The whole app in a document, before a server that answers what a test says.
import type { Ingest } from "@spanlight/contract";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeAll, beforeEach, expect } from "vitest";
import { createQueryClient } from "./api/query-client.ts";
import { App, loadAllPages } from "./app.tsx";

/** Answers of the server by path. One that is not there is a request that never ends. */
export type Answers = Record<string, unknown>;

/** What a test does with the app. */
export interface AppDriver {
  readonly answerWith: (answers: Answers) => void;
  /** What was asked since the answers were set. */
  readonly listAsked: () => readonly string[];
  readonly open: (address: string) => Promise<void>;
  readonly press: (key: string, target?: Element) => Promise<void>;
}

/** Makes a driver for the tests of a file; what it patches and draws is gone after each of them. */
export function driveApp(): AppDriver {
  const originalFetch = globalThis.fetch;
  let root: Root | null = null;
  let asked: string[] = [];

  // The pages are loaded when they are first opened; here beforehand, so that no test waits for that.
  beforeAll(async () => {
    await loadAllPages();
  });
  beforeEach(() => {
    (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  });
  afterEach(async () => {
    await act(async () => root?.unmount());
    root = null;
    document.body.replaceChildren();
    globalThis.fetch = originalFetch;
    delete (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT;
  });

  return {
    answerWith(answers) {
      asked = [];
      globalThis.fetch = (async (target: string) => {
        asked.push(target);
        const path = target.split("?")[0] ?? "";
        const found = Object.entries(answers).find(([pattern]) => pattern === path)?.[1];
        if (found === undefined) return new Promise<Response>(() => undefined);
        if (found instanceof Response) return found.clone();
        return Response.json(found);
      }) as typeof fetch;
    },
    listAsked: () => asked,
    async open(address) {
      history.replaceState(null, "", address);
      const host = document.createElement("div");
      document.body.append(host);
      const shown = createRoot(host);
      root = shown;
      await act(async () => shown.render(<App queryClient={createQueryClient()} />));
    },
    async press(key, target = document.body) {
      await act(async () => {
        target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      });
    },
  };
}

/** Lets the page go on until `isSo`; lazy pages, answers and effects come one after the other. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let round = 0; round < 500 && !isSo(); round += 1) {
    await act(async () => {
      await new Promise((resolve) => setTimeout(resolve, 0));
    });
  }
}

/** Everything that is written on the page. */
export function text(): string {
  return document.body.textContent ?? "";
}

/** Waits for the words to be on the page. */
export async function expectWords(...words: string[]): Promise<void> {
  await until(() => words.every((one) => text().includes(one)));
  for (const one of words) expect(text()).toContain(one);
}

/** An answer that says what is wrong. */
export function problem(status: number, code: string, detail: string): Response {
  return Response.json({ type: "about:blank", title: code, status, code, detail }, { status });
}

export const nothingReceived = {
  received: 0,
  stored: 0,
  rejected: {},
  duplicates: 0,
  inSpool: 0,
  unpriced: 0,
  late: 0,
};
export const emptyIngest: Ingest = {
  traces: nothingReceived,
  metrics: nothingReceived,
  logs: nothingReceived,
  lastReceivedAt: null,
  spool: { segments: 0, bytes: 0, oldestAgeMs: null },
  keys: [],
};
