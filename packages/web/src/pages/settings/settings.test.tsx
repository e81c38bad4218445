// @vitest-environment happy-dom
import type { RetentionReport, Server } from "@spanlight/contract";
import { act } from "react";
import { describe, expect, it } from "vitest";
import {
  driveApp,
  emptyIngest,
  expectWords,
  nothingReceived,
  problem,
  text,
  until,
} from "../../app.fixture.tsx";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN_ID = "00f067aa0ba902b7";

const { answerWith, listAsked, open } = driveApp();

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
    const example = { traceId: TRACE_ID, spanId: SPAN_ID };
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
    await open("/settings");
    await expectWords(
      "the-list 1.2, 173 days old",
      "Newer models and prices are missing",
      "12 calls not billed",
    );
    expect(text()).toContain("3 calls taken off the bill later, $0.0123");
    expect(text()).toContain("41 calls of the last 7 days have no cost and are in no sum");
    expect(text()).toContain("house-7 vllm · tier flex");
    const link = [...document.querySelectorAll("a")].find(({ textContent }) => textContent === "house-7");
    expect(link?.getAttribute("href")).toBe(`/traces/${TRACE_ID}?span=${SPAN_ID}`);
  });

  it("costs that cannot be read say why", async () => {
    answerWith({
      "/api/ingest": emptyIngest,
      "/api/prices": problem(503, "store_unavailable", "cannot read from the store: the disk is full"),
    });
    await open("/settings");
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
    await open("/settings");
    await expectWords("at most 50 requests/s", "root, command line", "made the key abc", "name checkout");
  });

  it("whoever may not administer is told so, once", async () => {
    const forbidden = problem(403, "forbidden", "the key lacks the scope admin");
    answerWith({ "/api/ingest": emptyIngest, "/api/keys": forbidden, "/api/audit": forbidden });
    await open("/settings");
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

const server: Server = {
  version: "0.1.0",
  startedAt: "2026-11-21T08:00:00.000Z",
  windowMs: 900_000,
  process: {
    residentMemoryBytes: 2 ** 28,
    cpuSeconds: 90,
    eventLoopDelay: { count: 0, p50Ms: null, p95Ms: null, p99Ms: null, maxMs: null },
  },
  lag: {
    recent: { count: 3, p50Ms: 310, p95Ms: 620, p99Ms: 640, maxMs: 641 },
    newestMs: 402,
    waiting: { segments: 0, bytes: 0, oldestAgeMs: null },
  },
  disk: {
    totalBytes: 100 * 2 ** 30,
    freeBytes: 40 * 2 ** 30,
    reserveBytes: 4 * 2 ** 30,
    isBelowReserve: false,
    isStoreRemote: false,
    used: [
      { kind: "spans", bytes: 2 ** 30 },
      { kind: "contents", bytes: 3 * 2 ** 30 },
      { kind: "quarantine", bytes: 0 },
    ],
  },
  queue: {
    readsRunning: 2,
    maxReadsRunning: 2,
    readsWaiting: 3,
    maxReadsWaiting: 128,
    oldestReadWaitMs: 84,
    writesRunning: 1,
    writesWaiting: 0,
  },
  requests: [
    {
      method: "GET",
      route: "/api/traces",
      kind: "read",
      count: 330,
      failed: 0,
      refused: 4,
      abandoned: 1,
      p50Ms: 12,
      p95Ms: 44,
      p99Ms: 81,
      maxMs: 150,
    },
    {
      method: "POST",
      route: "/v1/traces",
      kind: "ingest",
      count: 18_340,
      failed: 3,
      refused: 0,
      abandoned: 0,
      p50Ms: 6.2,
      p95Ms: 18,
      p99Ms: 41,
      maxMs: 2300,
    },
  ],
  operations: [
    {
      operation: "read",
      count: 9,
      p50Ms: 11,
      p95Ms: 48,
      p99Ms: 50,
      maxMs: 51,
      failures: { query_timeout: 2 },
    },
    { operation: "insert", count: 0, p50Ms: null, p95Ms: null, p99Ms: null, maxMs: null, failures: {} },
  ],
};

const limited: RetentionReport = {
  name: "content",
  days: 7,
  maxBytes: 2 ** 30,
  bytes: 3 * 2 ** 30,
  oldestDay: "2026-11-21",
  isOverLimit: true,
  oldestAt: "2026-11-21T12:00:00Z",
  droppedByAgeBytes: 0,
  droppedBySizeBytes: 2 ** 20,
};

function regionText(name: string): string {
  return document.querySelector(`section[aria-label="${name}"]`)?.textContent ?? "";
}

async function click(name: string): Promise<void> {
  const button = [...document.querySelectorAll("button")].find(({ textContent }) => textContent === name);
  expect(button, name).toBeDefined();
  await act(async () => button?.click());
}

describe("the server’s own state", () => {
  it("is told on the page of ingest: lag, disk, what is kept, queue and query times", async () => {
    answerWith({ "/api/ingest": { ...emptyIngest, retention: [limited] }, "/api/server": server });
    await open("/settings/ingest");
    await expectWords("More prompts and answers are kept than may be");
    expect(regionText("Acknowledged → readable")).toMatch(/p95 620 ms.*Last segment402 ms.*Waitingnothing/);
    expect(regionText("Disk")).toContain("40.0 GiB free of 100 GiB");
    expect(regionText("Disk")).toMatch(/Prompts and answers3\.00 GiB75 %Spans1\.00 GiB25 %$/);
    expect(regionText("What is kept")).toMatch(
      /prompts and answers over the limit7 days3\.00 GiB1\.00 GiB 300 %21 Nov \d\d:\d\d.*1\.00 MiB by size/,
    );
    expect(regionText("Store queue")).toContain("3 of at most 128, the oldest for 84 ms");
    expect(regionText("Store operations")).toMatch(/Reads9211 ms48 ms.*failed: 2 query timeout/);
    expect(regionText("Query times")).toMatch(/GET \/api\/traces.*POST \/v1\/traces/);
  });

  it("has query times sorted by the column that is chosen, and of the kind that is chosen, as the address says", async () => {
    answerWith({ "/api/ingest": emptyIngest, "/api/server": server });
    await open("/settings/ingest");
    await until(() => regionText("Query times").includes("/v1/traces"));
    await click("Count");
    expect(location.search).toBe("?sort=count");
    expect(regionText("Query times")).toMatch(/POST \/v1\/traces.*GET \/api\/traces/);
    const sorted = document.querySelector("th[aria-sort]");
    expect([sorted?.textContent, sorted?.getAttribute("aria-sort")]).toEqual(["Count", "descending"]);
    await click("read 1");
    expect(location.search).toBe("?sort=count&kind=read");
    expect(regionText("Query times")).not.toContain("/v1/traces");
    await click("all 2");
    await click("Count");
    expect(location.search).toBe("?sort=-count");
  });

  it("is not told to other projects: the page says so and asks no more", async () => {
    answerWith({
      "/api/ingest": emptyIngest,
      "/api/server": problem(404, "unknown_path", "there is nothing here"),
    });
    await open("/settings/ingest");
    await expectWords("told to the project default alone", "Accounting");
    expect([regionText("Query times"), regionText("What is kept")]).toEqual(["", ""]);
    expect(listAsked().filter((path) => path === "/api/server")).toHaveLength(1);
  });

  it("that cannot be read says why, and leaves the accounting", async () => {
    answerWith({
      "/api/ingest": { ...emptyIngest, retention: [limited] },
      "/api/server": problem(503, "store_busy", "too much waits for the store"),
    });
    await open("/settings/ingest");
    await expectWords(
      "How the server is doing could not be read",
      "too much waits for the store",
      "What is kept",
    );
    expect(regionText("Accounting")).toContain("traces");
  });
});

const noKeys = { items: [], nextCursor: null };

describe("a browser that is signed in", () => {
  const session = { keyId: "abcdefgh", keyName: "on call", project: "shop", scopes: ["read"] };

  it("shows with which key and to which project, beside the pages and on the settings, each with a way out", async () => {
    answerWith({ "/api/ingest": emptyIngest, "/api/session": { session } });
    await open("/settings");
    await until(() => regionText("Signed in") !== "");
    expect(regionText("Signed in")).toContain("on call");
    expect(document.querySelector("nav [aria-label='Signed in']")?.textContent).toContain(
      "on callproject shop",
    );
    const forms = [...document.querySelectorAll("form")].filter((form) => form.textContent === "Sign out");
    expect(forms.map((form) => [form.method, form.getAttribute("action")])).toEqual([
      ["post", "/logout"],
      ["post", "/logout"],
    ]);
  });

  it("without a session there is nothing to sign out of", async () => {
    answerWith({ "/api/ingest": emptyIngest, "/api/session": { session: null }, "/api/keys": noKeys });
    await open("/settings");
    await expectWords("There are no keys");
    expect(listAsked()).toContain("/api/session");
    expect(text()).not.toContain("Sign out");
  });
});
