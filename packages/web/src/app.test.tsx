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
import { describe, expect, it, vi } from "vitest";
import { driveApp, emptyIngest, expectWords, problem, until, type Answers } from "./app.fixture.tsx";

const { answerWith, listAsked, open, press } = driveApp();

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

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
    expect(listAsked().some((target) => target.includes("service=bot"))).toBe(true);
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
    const request = listAsked().find((target) => target.startsWith("/api/traces?"));
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

describe("an address that is not one of a page", () => {
  it.each([
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
