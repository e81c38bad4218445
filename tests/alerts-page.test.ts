// An alert as a person sees it: a rule, spans that break it, the page in a real browser.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBrowser, openBrowser } from "./browser.ts";
import { startServerProcess, type ServerProcess } from "./server-process.ts";

const rules = `groups:
  - name: page
    interval: 1s
    rules:
      - alert: AnyCall
        expr: sum by (service) (count_over_time(llm_requests_total[5m])) > 0
        labels: { severity: critical }
        annotations: { summary: "{{ $labels.service }} is called" }
`;

const executable = findBrowser();
let directory: string;
let server: ServerProcess;
let browser: Browser;

beforeAll(async () => {
  if (executable === undefined) return;
  directory = await mkdtemp(join(tmpdir(), "spanlight-alerts-page-"));
  await writeFile(join(directory, "page.yaml"), rules);
  server = await startServerProcess({ SPANLIGHT_RULES: join(directory, "page.yaml") });
  browser = await openBrowser(executable);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
});

async function sendCall(): Promise<void> {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const attribute = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
  const span = {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    name: "chat gpt-4o",
    kind: 3,
    startTimeUnixNano: String(nowNs - 1_000_000_000n),
    endTimeUnixNano: String(nowNs),
    attributes: [attribute("gen_ai.operation.name", "chat"), attribute("gen_ai.request.model", "gpt-4o")],
  };
  const answer = await fetch(`${server.url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      resourceSpans: [
        {
          resource: { attributes: [attribute("service.name", "page-bot")] },
          scopeSpans: [{ spans: [span] }],
        },
      ],
    }),
  });
  expect(answer.status).toBe(200);
}

const open = async (path: string): Promise<Page> => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(server.url + path);
  return page;
};

describe("the alerts page", () => {
  it("shows what fires, silences it, tries it on stored data and refuses a wrong rule", async (ctx) => {
    if (executable === undefined) return ctx.skip("no Chromium on this machine (apt-get install chromium)");
    await sendCall();
    const page = await open("/alerts");
    await page.getByText("page-bot is called").waitFor({ timeout: 20_000 });
    await page.getByText("1 firing").first().waitFor();

    await page.goto(`${server.url}/alerts?alert=AnyCall&range=1h`); // as messages link to it
    await page.getByRole("img", { name: /^firing from/ }).waitFor();
    await page.getByRole("button", { name: "24 h" }).click();
    await page.getByText(/would have fired 1 time/).waitFor();
    await page.getByRole("button", { name: "Silence…" }).click();
    await page.getByLabel("Comment").fill("known, Ada");
    await page.getByRole("button", { name: "Silence", exact: true }).click();

    await page.goto(`${server.url}/alerts`);
    await page.getByText("known, Ada").waitFor();
    await page.getByText("silenced", { exact: true }).waitFor();

    await page.getByRole("link", { name: "Edit rules" }).click();
    await page.getByRole("button", { name: /page\.yaml/ }).click();
    const text = page.getByLabel("Rules in YAML");
    await text.fill(rules.replace("> 0", "> > 0"));
    await page
      .getByText(/^8:\d+$|^6:\d+$/)
      .first()
      .waitFor();
    expect(await page.getByRole("button", { name: "Save and use" }).isDisabled()).toBe(true);
    await text.fill(rules.replace("AnyCall", "EveryCall"));
    await page.getByText("In order: 1 rule.").waitFor();
    await page.getByRole("button", { name: "Save and use" }).click();
    await page.getByText("not saved").waitFor({ state: "detached" });
    expect(await readFile(join(directory, "page.yaml"), "utf8")).toContain("EveryCall");
    await page.goto(`${server.url}/alerts`);
    await page.getByRole("link", { name: "EveryCall" }).first().waitFor({ timeout: 10_000 });
  });
});
