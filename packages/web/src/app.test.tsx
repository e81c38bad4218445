// @vitest-environment happy-dom
import type {
  Ingest,
  Overview,
  Span,
  Trace,
  TraceFacets,
  TraceList,
  TraceSummary,
} from "@spanlight/contract";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createQueryClient } from "./api/query-client.ts";
import { App, loadAllPages } from "./app.tsx";

/** Answers of the server by path; a function sees the query. An answer of `null` is a request that never ends. */
type Answers = Record<string, unknown>;

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const originalFetch = globalThis.fetch;

let root: Root | null = null;
let asked: string[] = [];

function answerWith(answers: Answers): void {
  asked = [];
  globalThis.fetch = (async (target: string) => {
    asked.push(target);
    const path = target.split("?")[0] ?? "";
    const found = Object.entries(answers).find(([pattern]) => pattern === path)?.[1];
    if (found === undefined) return new Promise<Response>(() => undefined);
    if (found instanceof Response) return found.clone();
    return Response.json(found);
  }) as typeof fetch;
}

/** Lets the page go on until `isSo`; lazy pages, answers and effects come one after the other. */
async function until(isSo: () => boolean): Promise<void> {
  for (let round = 0; round < 500 && !isSo(); round += 1) {
    await act(async () => {
      await new Promise((resolve) => setTimeout(resolve, 0));
    });
  }
}

async function open(address: string): Promise<void> {
  history.replaceState(null, "", address);
  const host = document.createElement("div");
  document.body.append(host);
  root = createRoot(host);
  const shown = root;
  await act(async () => shown.render(<App queryClient={createQueryClient()} />));
}

/** Waits for the words to be on the page. */
async function expectWords(...words: string[]): Promise<void> {
  await until(() => words.every((one) => text().includes(one)));
  for (const one of words) expect(text()).toContain(one);
}

function text(): string {
  return document.body.textContent ?? "";
}

async function press(key: string, target: Element = document.body): Promise<void> {
  await act(async () => {
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  });
}

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

const nothingReceived = {
  received: 0,
  stored: 0,
  rejected: {},
  duplicates: 0,
  inSpool: 0,
  unpriced: 0,
  late: 0,
};
const emptyIngest: Ingest = {
  traces: nothingReceived,
  metrics: nothingReceived,
  logs: nothingReceived,
  lastReceivedAt: null,
  spool: { segments: 0, bytes: 0, oldestAgeMs: null },
  keys: [],
};

const noFigures = {
  requests: 0,
  errors: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  costUsd: null,
  unpricedRequests: 0,
  p50Ms: null,
  p95Ms: null,
  p99Ms: null,
  ttftP95Ms: null,
};

const emptyOverview: Overview = {
  from: "2026-11-21T02:00:00Z",
  to: "2026-11-21T03:00:00Z",
  stepSeconds: 30,
  totals: noFigures,
  series: [{ ...noFigures, time: "2026-11-21T02:00:00Z" }],
  groups: [],
};

const facets: TraceFacets = {
  sampledOneIn: 1,
  facets: [{ name: "model", values: [{ value: "gpt-4o", count: 2 }] }],
  histogram: { stepSeconds: 60, points: [{ time: "2026-11-21T02:00:00Z", ok: 1, error: 1 }] },
  totals: { traces: 2, errors: 1, p95Ms: 5320, costUsd: 0.0163 },
};

const summary: TraceSummary = {
  traceId: TRACE_ID,
  name: "POST /support",
  service: "support-bot",
  endpoint: "/support",
  startTime: "2026-11-21T02:30:00.123456789Z",
  durationMs: 5320,
  status: "ok",
  errorType: null,
  complete: true,
  spanCount: 2,
  inputTokens: 18_340,
  outputTokens: 1204,
  costUsd: 0.0163,
  unpricedSpans: 0,
  ttftMs: 3940,
  models: ["gpt-4o"],
  timeByType: { model: 4000, retrieval: 300, tool: 200, other: 820 },
  userId: "u-1177",
  sessionId: "s-20931",
};
const failed: TraceSummary = {
  ...summary,
  traceId: TRACE_ID.replaceAll("4", "5"),
  status: "error",
  errorType: "429",
  startTime: "2026-11-21T02:29:00Z",
  costUsd: null,
};
const list: TraceList = { items: [summary, failed], nextCursor: null };

const span: Span = {
  spanId: "00f067aa0ba902b7",
  parentSpanId: null,
  name: "chat gpt-4o",
  kind: "client",
  service: "support-bot",
  startTime: "2026-11-21T02:30:00Z",
  durationMs: 2270,
  status: "ok",
  statusMessage: null,
  errorType: null,
  spanType: "model",
  dialect: "otel",
  operation: "chat",
  provider: "openai",
  requestModel: "gpt-4o",
  responseModel: "gpt-4o-2024-11-20",
  inputTokens: 3410,
  outputTokens: 412,
  cacheReadTokens: 1920,
  cacheWriteTokens: null,
  reasoningTokens: null,
  usageEstimated: false,
  billed: true,
  costUsd: 0.0102,
  unpriced: false,
  costLines: [
    { class: "input", tokens: 1490, usdPerMillion: 2.5, costUsd: 0.003725 },
    { class: "cache_read", tokens: 1920, usdPerMillion: 1.25, costUsd: 0.0024 },
    { class: "output", tokens: 412, usdPerMillion: 10, costUsd: 0.00412 },
  ],
  pricedBy: {
    source: "list",
    provider: "openai",
    model: "gpt-4o",
    serviceTier: "",
    priceId: null,
    isCurrent: true,
  },
  hasContent: true,
  ttftMs: 970,
  finishReasons: ["stop"],
  toolName: null,
  agentName: null,
  userId: null,
  tenantId: null,
  sessionId: null,
  endpoint: null,
  promptName: null,
  promptVersion: null,
  inputMessages: [{ role: "user", parts: [{ type: "text", content: "My order arrived broken." }] }],
  outputMessages: [
    { role: "assistant", parts: [{ type: "text", content: "I have started a full refund." }] },
  ],
  systemInstructions: [],
  toolDefinitions: [],
  toolArguments: null,
  toolResult: null,
  documents: [],
  events: [],
  links: [],
  attributes: { "server.address": "api.openai.com" },
  resource: {},
  scope: { name: "@spanlight/sdk", version: "0.1.0" },
};
const tool: Span = {
  ...span,
  spanId: "00f067aa0ba902b8",
  parentSpanId: span.spanId,
  name: "lookup_order",
  spanType: "tool",
  startTime: "2026-11-21T02:30:01Z",
  durationMs: 262,
  billed: false,
  costUsd: null,
  costLines: [],
  pricedBy: null,
  inputMessages: [],
  outputMessages: [],
  toolName: "lookup_order",
  toolArguments: { order_id: "88213" },
  toolResult: { status: "delivered" },
};
const trace: Trace = {
  traceId: TRACE_ID,
  name: "POST /support",
  service: "support-bot",
  startTime: "2026-11-21T02:30:00Z",
  durationMs: 2270,
  status: "ok",
  complete: true,
  spanCount: 2,
  contentIncluded: true,
  truncated: false,
  costUsd: 0.0102,
  unpricedSpans: 0,
  inputTokens: 3410,
  outputTokens: 412,
  userId: null,
  sessionId: null,
  promptName: null,
  promptVersion: null,
  spans: [span, tool],
};

const tracesAnswers: Answers = {
  "/api/traces": list,
  "/api/traces/facets": facets,
  "/api/ingest": emptyIngest,
};

function problem(status: number, code: string, detail: string): Response {
  return Response.json({ type: "about:blank", title: code, status, code, detail }, { status });
}

describe("Home", () => {
  it("while nothing has ever arrived it gives the line to copy", async () => {
    answerWith({ "/api/overview": emptyOverview, "/api/ingest": emptyIngest });
    await open("/");
    await expectWords("Nothing has arrived yet", `OTEL_EXPORTER_OTLP_ENDPOINT=${window.location.origin}`);
  });

  it("when data arrived before, an empty range offers a longer one", async () => {
    const ingest: Ingest = { ...emptyIngest, lastReceivedAt: "2026-11-21T01:00:00Z" };
    answerWith({ "/api/overview": emptyOverview, "/api/ingest": ingest });
    await open("/?service=bot");
    await expectWords("No model call in this range", "Remove the filters");
    expect(asked.some((target) => target.includes("service=bot"))).toBe(true);
  });
});

describe("Traces", () => {
  it("rows say duration, tokens and cost, and a missing price is unpriced and not zero", async () => {
    answerWith(tracesAnswers);
    await open("/traces");
    await expectWords("5.32 s", "18,340 → 1,204", "$0.0163");
    const links = [...document.querySelectorAll("ol a")];
    expect(links.map((link) => link.getAttribute("aria-label"))).toEqual([
      "POST /support, 5.32 s, gpt-4o, $0.0163",
      "POST /support, 5.32 s, error 429, gpt-4o, unpriced",
    ]);
    expect(links[0]?.getAttribute("href")).toBe(`/traces/${TRACE_ID}`);
  });

  it("the address holds the filters and the server gets them", async () => {
    answerWith(tracesAnswers);
    await open("/traces?model=gpt-4o&minDurationMs=2000");
    await expectWords("model:gpt-4o", "duration>2s");
    const request = asked.find((target) => target.startsWith("/api/traces?"));
    expect(request).toContain("model=gpt-4o");
    expect(request).toContain("minDurationMs=2000");
  });

  it("a facet narrows the list by changing the address, and a second click takes it off", async () => {
    answerWith(tracesAnswers);
    await open("/traces");
    await expectWords("5.32 s");
    await until(() => document.querySelector('[title="gpt-4o"]') !== null);
    const facet = [...document.querySelectorAll("button")].find((button) => button.title === "gpt-4o");
    await act(async () => facet?.click());
    expect(window.location.search).toBe("?model=gpt-4o");
    await act(async () => facet?.click());
    expect(window.location.search).toBe("");
  });

  it("arrow keys walk through the rows", async () => {
    answerWith(tracesAnswers);
    await open("/traces");
    await expectWords("$0.0163");
    await press("ArrowDown");
    expect(document.activeElement?.getAttribute("aria-label")).toContain("$0.0163");
    await press("ArrowDown", document.activeElement ?? undefined);
    expect(document.activeElement?.getAttribute("aria-label")).toContain("unpriced");
  });

  it("a failure says what failed and offers another try", async () => {
    answerWith({
      "/api/traces": problem(503, "store_unavailable", "cannot read from the store: the disk is full"),
      "/api/traces/facets": problem(503, "store_unavailable", "cannot read from the store: the disk is full"),
    });
    await open("/traces");
    await expectWords("The traces could not be read", "the disk is full", "Try again");
  });
});

describe("a trace", () => {
  it("shows the conversation of its last model call and spells out its cost", async () => {
    answerWith({ [`/api/traces/${TRACE_ID}`]: trace });
    await open(`/traces/${TRACE_ID}`);
    await expectWords(
      "My order arrived broken.",
      "I have started a full refund.",
      "1,490 in × $2.50 + 1,920 cached × $1.25 + 412 out × $10.00 per M = $0.0102",
      "3,410 in (1,920 cached) → 412 out",
    );
  });

  it("the address chooses the span", async () => {
    answerWith({ [`/api/traces/${TRACE_ID}`]: trace });
    await open(`/traces/${TRACE_ID}?span=${tool.spanId}`);
    await expectWords('{ "order_id": "88213" }');
    const chosen = document.querySelector('[role="treeitem"][aria-selected="true"]');
    expect(chosen?.getAttribute("aria-label")).toBe("lookup_order, tool, 262 ms");
  });

  it("arrow keys choose spans and close them", async () => {
    answerWith({ [`/api/traces/${TRACE_ID}`]: trace });
    await open(`/traces/${TRACE_ID}`);
    await expectWords("lookup_order");
    const tree = document.querySelector('[role="tree"]')!;
    await press("ArrowDown");
    expect(document.activeElement).toBe(tree);
    expect(window.location.search).toBe(`?span=${tool.spanId}`);
    await press("ArrowLeft", tree);
    await press("ArrowLeft", tree);
    expect(document.querySelectorAll('[role="treeitem"]')).toHaveLength(1);
  });

  it("spans without a name have rows to click, and an answer without words says so", async () => {
    const silent: Span = { ...span, name: "", outputMessages: [{ role: "assistant", parts: [] }] };
    answerWith({ [`/api/traces/${TRACE_ID}`]: { ...trace, name: "", spans: [silent] } });
    await open(`/traces/${TRACE_ID}`);
    await expectWords("Traces / (no name)", "Nothing was said.");
    expect(document.title).toBe("(no name) – Spanlight");
    expect(document.querySelector('[role="treeitem"]')?.textContent).toContain("(no name)");
  });

  it("a large one begins with its first span, and not with its last call", async () => {
    const calls = Array.from({ length: 250 }, (_, i) => ({
      ...span,
      spanId: `00f067aa0ba9${String(1000 + i)}`,
      parentSpanId: tool.spanId,
    }));
    answerWith({
      [`/api/traces/${TRACE_ID}`]: { ...trace, spans: [{ ...tool, parentSpanId: null }, ...calls] },
    });
    await open(`/traces/${TRACE_ID}`);
    await expectWords('{ "order_id": "88213" }');
  });

  it("on a phone, what a span shows over the page goes away by going back", async () => {
    const originalMatch = globalThis.matchMedia;
    const matched = vi.spyOn(globalThis, "matchMedia").mockImplementation((query) => {
      const found = originalMatch(query);
      return query.includes("max-width") ? Object.defineProperty(found, "matches", { value: true }) : found;
    });
    answerWith({ [`/api/traces/${TRACE_ID}`]: trace });
    await open(`/traces/${TRACE_ID}`);
    await expectWords("lookup_order");
    const before = history.length;
    const rows = document.querySelectorAll('[role="treeitem"]');
    await act(async () => (rows[1] as HTMLElement).click());
    await act(async () => (rows[0] as HTMLElement).click());
    expect(history.length).toBe(before + 1);
    matched.mockRestore();
  });

  it("one that is not stored says so and leads back to the list", async () => {
    answerWith({ [`/api/traces/${TRACE_ID}`]: problem(404, "trace_not_found", "no span of it is stored") });
    await open(`/traces/${TRACE_ID}`);
    await expectWords("There is no such trace", "See all traces");
  });
});

describe("settings", () => {
  it("the accounting shows what was rejected and why", async () => {
    const traces = {
      received: 10,
      stored: 6,
      rejected: { invalid_trace_id: 3 },
      duplicates: 1,
      inSpool: 0,
      unpriced: 0,
      late: 0,
    };
    answerWith({ "/api/ingest": { ...emptyIngest, traces } });
    await open("/settings/ingest");
    await expectWords("3 rejected: invalid trace id");
    expect(text()).not.toContain("off by");
  });

  it("the accounting tells keys apart, and what was refused as a whole", async () => {
    const account = {
      isRevoked: false,
      metrics: nothingReceived,
      logs: nothingReceived,
      lastReceivedAt: null,
    };
    const traces = { ...nothingReceived, received: 7, stored: 7, late: 2 };
    const keys = [
      { ...account, keyId: null, name: null, traces, requests: 0, bytes: 0, refusedRequests: {} },
      {
        ...account,
        keyId: "abc",
        name: "checkout",
        traces,
        isRevoked: true,
        requests: 3,
        bytes: 2048,
        refusedRequests: { rate_limited: 4 },
      },
    ];
    answerWith({ "/api/ingest": { ...emptyIngest, traces, keys } });
    await open("/settings/ingest");
    await expectWords("Without a key", "checkout revoked", "3 requests, 2.00 KiB", "4 refused: rate limited");
    expect(text()).toContain("2 came more than an hour late");
  });

  it("costs tell the age of the price list, models without a price and calls that were reported twice", async () => {
    const repeatedCalls = {
      onArrival: 12,
      later: 3,
      laterCostUsd: 0.0123,
      lastLaterAt: "2026-11-21T08:00:00Z",
    };
    const model = { provider: "vllm", requestModel: "house", responseModel: "house-7", serviceTier: "flex" };
    const seen = { firstSeen: "2026-11-21T07:00:00Z", lastSeen: "2026-11-21T08:00:00Z" };
    const example = { traceId: TRACE_ID, spanId: span.spanId };
    answerWith({
      "/api/ingest": { ...emptyIngest, repeatedCalls },
      "/api/prices": {
        list: { name: "the-list", version: "1.2", publishedOn: "2026-06-01", ageDays: 173 },
        custom: [],
      },
      "/api/prices/unpriced": {
        items: [{ ...model, ...seen, requests: 41, inputTokens: 18_340, outputTokens: 1204, example }],
        nextCursor: null,
      },
    });
    await open("/settings/ingest");
    await expectWords(
      "the-list 1.2, 173 days old",
      "Newer models and prices are missing",
      "12 calls not billed",
    );
    expect(text()).toContain("3 calls taken off the bill later, $0.0123");
    expect(text()).toContain("41 calls of the last 7 days have no cost and are in no sum");
    expect(text()).toContain("house-7 vllm · tier flex");
    const link = [...document.querySelectorAll("a")].find(({ textContent }) => textContent === "house-7");
    expect(link?.getAttribute("href")).toBe(`/traces/${TRACE_ID}?span=${span.spanId}`);
  });

  it("costs that cannot be read say why", async () => {
    answerWith({
      "/api/ingest": emptyIngest,
      "/api/prices": problem(503, "store_unavailable", "cannot read from the store: the disk is full"),
    });
    await open("/settings/ingest");
    await expectWords("the disk is full");
  });

  it("keys and the audit log are shown to whoever administers", async () => {
    const key = { id: "abc", name: "checkout", project: "default", scopes: ["ingest"], revokedAt: null };
    const limits = { maxRequestsPerSecond: 50, maxBytesPerSecond: null };
    const actor = { kind: "owner", name: "root", keyId: null, address: null };
    const time = "2026-11-21T08:00:00.000Z";
    answerWith({
      "/api/ingest": emptyIngest,
      "/api/keys": { items: [{ ...key, ...limits, createdAt: time }], nextCursor: null },
      "/api/audit": {
        items: [{ time, actor, action: "key.create", target: "abc", detail: { name: "checkout" } }],
        nextCursor: null,
      },
    });
    await open("/settings/ingest");
    await expectWords("at most 50 requests/s", "root, command line", "made the key abc", "name checkout");
  });

  it("whoever may not administer is told so, once", async () => {
    const forbidden = problem(403, "forbidden", "the key lacks the scope admin");
    answerWith({ "/api/ingest": emptyIngest, "/api/keys": forbidden, "/api/audit": forbidden });
    await open("/settings/ingest");
    await expectWords("with a key that has the scope admin");
    expect(text()).not.toContain("Audit log");
  });

  it("a server that is down still shows which of its parts is", async () => {
    const checks = { store: { status: "down", latency_ms: 3, message: "the disk is full" } };
    answerWith({
      "/api/ingest": emptyIngest,
      "/api/health": Response.json({ status: "down", version: "0.1.0", checks }, { status: 503 }),
    });
    await open("/settings/ingest");
    await expectWords("the disk is full");
  });

  it("a server that answers nothing but problems says so in place of its figures", async () => {
    const broken = problem(503, "store_unavailable", "cannot read from the store");
    answerWith({ "/api/ingest": broken, "/api/health": broken });
    await open("/settings/ingest");
    await expectWords("The accounting could not be read", "cannot read from the store");
  });
});

describe("an address that is not one of a page", () => {
  it.each([
    ["/settings", "/settings/ingest"],
    ["/ingest", "/settings/ingest"],
    ["/alerts/rules", "/alerts"],
  ])("leads from %s to the page that is meant", async (shortened, page) => {
    answerWith({});
    await open(shortened);
    expect(location.pathname).toBe(page);
  });

  it("says so and leads home", async () => {
    answerWith({});
    await open("/nowhere");
    await expectWords("There is no page at this address", "Go to Home");
  });
});

describe("an answer nobody expected", () => {
  it("breaks its page and not the navigation", async () => {
    answerWith({ "/api/ingest": { traces: null }, "/api/health": {} });
    const silenced = vi.spyOn(console, "error").mockImplementation(() => undefined);
    await open("/settings/ingest");
    await expectWords("This page could not be drawn");
    silenced.mockRestore();
    expect(document.querySelector("nav")?.textContent).toContain("Traces");
  });
});
