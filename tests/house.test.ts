// The whole house: a real client in a process of its own, the real server in another, a real browser looking at the page.
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Trace, TraceList } from "@spanlight/contract";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openProvider, type Provider } from "../examples/support-bot/src/provider/provider.ts";
import { findBrowser, openBrowser } from "./browser.ts";
import { runNode, startServerProcess, type ServerProcess } from "./server-process.ts";

let server: ServerProcess;
let provider: Provider;
let browser: Browser | undefined;
const executable = findBrowser();

beforeAll(async () => {
  server = await startServerProcess();
  provider = await openProvider({ pace: 0, seed: "house" });
  if (executable !== undefined) browser = await openBrowser(executable);
});
afterAll(async () => {
  await browser?.close();
  await provider?.close();
  await server?.stop();
});

async function runApplication(file: string, env: NodeJS.ProcessEnv): Promise<void> {
  const path = fileURLToPath(new URL(`house/${file}`, import.meta.url));
  const ended = await runNode([path], {
    env: {
      SPANLIGHT_URL: server.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      PROVIDER_URL: provider.baseUrl,
      SPANLIGHT_CAPTURE_CONTENT: "true",
      ...env,
    },
  });
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
}

/** The newest trace of a service with all its spans, once it can be read. */
async function findTrace(service: string): Promise<Trace> {
  const list = async (): Promise<TraceList["items"]> => {
    const answer: TraceList = await (await fetch(`${server.url}/api/traces?service=${service}`)).json();
    return answer.items;
  };
  const deadline = Date.now() + 10_000;
  let items = await list();
  while (items.length === 0 && Date.now() < deadline) {
    await delay(100);
    items = await list();
  }
  expect(items).toHaveLength(1);
  return (await fetch(`${server.url}/api/traces/${items[0]!.traceId}`)).json();
}

async function openPage(path: string, width: number, colorScheme: "light" | "dark" = "light"): Promise<Page> {
  const page = await browser!.newPage({ viewport: { width, height: 900 }, colorScheme });
  await page.goto(server.url + path);
  return page;
}

describe("a real OpenAI client with the SDK", () => {
  let trace: Trace;

  beforeAll(async () => {
    await runApplication("openai-application.mjs", {});
    trace = await findTrace("house-bot");
  });

  it("arrives whole: request, retrieval, tool and model call, with user, session and endpoint on every span", () => {
    expect(trace).toMatchObject({
      name: "POST /ask",
      status: "ok",
      complete: true,
      userId: "user-77",
      sessionId: "session-9",
    });
    expect(trace.spans.map((span) => [span.spanType, span.userId, span.endpoint])).toEqual([
      ["other", "user-77", "/ask"],
      ["retrieval", "user-77", "/ask"],
      ["tool", "user-77", "/ask"],
      ["model", "user-77", "/ask"],
    ]);
    expect(trace.spans[1]!.documents).toMatchObject([
      { id: "policy-1", content: "Refunds are possible within 30 days.", score: 0.91 },
    ]);
    expect(trace.spans[2]).toMatchObject({
      toolName: "lookup_order",
      toolArguments: { orderId: "88213" },
      toolResult: { status: "delivered" },
    });
  });

  it("has the tokens, the messages and the first token of the stream", () => {
    const call = trace.spans[3]!;
    expect(call).toMatchObject({
      operation: "chat",
      provider: "openai",
      requestModel: "gpt-4o",
      status: "unset",
      finishReasons: ["stop"],
    });
    expect(call.inputTokens).toBeGreaterThan(10);
    expect(call.outputTokens).toBeGreaterThan(0);
    expect(call.ttftMs).toBeGreaterThan(0);
    expect(call.ttftMs).toBeLessThanOrEqual(call.durationMs);
    expect(call.inputMessages.at(-1)).toEqual({
      role: "user",
      parts: [{ type: "text", content: "Can I return order 88213, the blue lamp?" }],
    });
    expect(call.outputMessages[0]!.parts[0]).toMatchObject({ type: "text" });
  });

  it("costs exactly its tokens times the price, in the call, the trace and the overview", async () => {
    const call = trace.spans[3]!;
    const cached = call.cacheReadTokens ?? 0;
    const expected = ((call.inputTokens! - cached) * 2.5 + cached * 1.25 + call.outputTokens! * 10) / 1e6;
    expect(call.costUsd).toBeCloseTo(expected, 10);
    expect(call.costLines.reduce((sum, line) => sum + line.costUsd, 0)).toBeCloseTo(expected, 10);
    expect(trace.costUsd).toBeCloseTo(expected, 10);
    const overview = (await (await fetch(`${server.url}/api/overview?service=house-bot`)).json()) as {
      totals: object;
    };
    expect(overview.totals).toMatchObject({
      requests: 1,
      errors: 0,
      inputTokens: call.inputTokens,
      costUsd: expect.closeTo(expected, 10),
    });
  });

  it("is on the pages: in the list, its messages and its cost to the cent in the trace", async (context) => {
    if (browser === undefined) return context.skip("no Chromium on this machine");
    const list = await openPage("/traces", 1280);
    await list
      .getByRole("link", { name: /POST \/ask/ })
      .first()
      .click();
    await list.getByText("chat gpt-4o").first().click();
    await list.getByText("Can I return order 88213, the blue lamp?").first().waitFor();
    const text = await list.innerText("body");
    const digits = trace.costUsd!.toPrecision(3).replace(/^0/, "");
    expect(text).toContain(digits.slice(0, 5));
    await list.close();
  });
});

describe("clients nobody here wrote", () => {
  it.each(["proto", "json"])("the OpenTelemetry %s exporter is understood and priced", async (exporter) => {
    const service = `exporter-${exporter}`;
    await runApplication("exporter-application.mjs", { EXPORTER: exporter, SERVICE: service });
    const trace = await findTrace(service);
    expect(trace).toMatchObject({ status: "ok", costUsd: 0.006, inputTokens: 2000, outputTokens: 100 });
    expect(trace.spans[0]!.outputMessages[0]!.parts).toEqual([
      { type: "text", content: `sent as ${exporter}` },
    ]);
    expect(trace.spans[0]!.scope).toEqual({ name: "house-exporter", version: "1.0.0" });
  });

  it("the AI SDK's own telemetry is one billed call under its loop, not two", async () => {
    await runApplication("exporter-application.mjs", { EXPORTER: "ai", SERVICE: "planet-namer" });
    const trace = await findTrace("planet-namer");
    expect(trace.spans.map((span) => [span.name, span.spanType, span.costUsd === null])).toEqual([
      ["ai.generateText", "agent", true],
      ["ai.generateText.doGenerate", "model", false],
    ]);
    const call = trace.spans[1]!;
    expect(trace.inputTokens).toBe(call.inputTokens);
    expect(trace.costUsd).toBeCloseTo(
      ((call.inputTokens ?? 0) * 0.15 + (call.outputTokens ?? 0) * 0.6) / 1e6,
      10,
    );
    expect(call).toMatchObject({ provider: "openai", userId: "user-ai", requestModel: "gpt-4o-mini" });
    expect(JSON.stringify(call.inputMessages)).toContain("Name one planet with rings");
  });

  it("are on the same page", async (context) => {
    if (browser === undefined) return context.skip("no Chromium on this machine");
    const page = await openPage("/traces", 1280);
    for (const service of ["exporter-proto", "exporter-json"])
      await page.getByText(`chat for ${service}`).first().waitFor();
    await page.getByText("name-a-planet").first().waitFor();
    await page.close();
  });
});

describe("the pages", () => {
  it.each([
    ["/", 1280, "light"],
    ["/", 390, "dark"],
    ["/traces", 390, "light"],
    ["/traces", 1280, "dark"],
  ] as const)(
    "%s at %i px in %s draws without an error and without sideways scroll",
    async (path, width, scheme) => {
      if (browser === undefined) return;
      const page = await openPage(path, width, scheme);
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      await page.reload({ waitUntil: "load" });
      await page.getByRole("navigation").first().waitFor();
      await page
        .getByText(path === "/" ? "Latency" : "POST /ask")
        .first()
        .waitFor({ state: "attached" });
      const overflow = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect([errors, overflow]).toEqual([[], 0]);
      await page.close();
    },
  );

  it("show a new trace within two seconds, without a reload", async (context) => {
    if (browser === undefined) return context.skip("no Chromium on this machine");
    const page = await openPage("/traces", 1280);
    await page.getByText("POST /ask").first().waitFor();
    await runApplication("exporter-application.mjs", { EXPORTER: "proto", SERVICE: "latecomer" });
    await page.getByText("chat for latecomer").first().waitFor({ timeout: 2000 });
    await page.close();
  });
});
