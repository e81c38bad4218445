// The page that says how the server is doing, in a real browser: what it tells, how it is sorted, who is not told.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { findBrowser, openBrowser } from "./browser.ts";
import { startServerProcess, type ServerProcess } from "./server-process.ts";

const executable = findBrowser();
let server: ServerProcess;
let browser: Browser;

beforeAll(async () => {
  if (executable === undefined) return;
  server = await startServerProcess();
  browser = await openBrowser(executable);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

function skipWithoutBrowser(ctx: TestContext): void {
  if (executable === undefined) ctx.skip("no Chromium on this machine (apt-get install chromium)");
}

/** Sends log records, each in a request of its own. */
async function send(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const record = { timeUnixNano: String(BigInt(Date.now()) * 1_000_000n), body: { stringValue: "said" } };
    const answer = await fetch(`${server.url}/v1/logs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }),
    });
    expect(answer.status).toBe(200);
  }
}

/** The routes of the table of query times, from the top. */
async function listRoutes(page: Page): Promise<string[]> {
  const table = page.getByRole("region", { name: "Query times" });
  return table.locator("tbody th code").allTextContents();
}

describe("the page about the server", () => {
  it("tells lag, disk, what is kept, queue and query times, sorted by the keyboard and kept in the address", async (ctx) => {
    skipWithoutBrowser(ctx);
    await send(60);
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`${server.url}/settings/ingest`);
    await page.getByRole("region", { name: "State of the server" }).getByText("free on disk").waitFor();
    const lag = page.getByRole("region", { name: "Acknowledged → readable" });
    await lag.getByText(/^p95 \d/).waitFor();
    const disk = page.getByRole("region", { name: "Disk" });
    await disk.getByText(/GiB free of/).waitFor();
    await disk.getByRole("row", { name: /^Spool/ }).waitFor();
    const kept = page.getByRole("region", { name: "What is kept" });
    await kept.getByRole("row", { name: /^logs 30 days/ }).waitFor();
    await page.getByRole("region", { name: "Store queue" }).getByText("of at most 128").waitFor();
    const inserts = page
      .getByRole("region", { name: "Store operations" })
      .getByRole("row", { name: /^Inserts/ });
    await inserts.getByText(/ms|s/).first().waitFor();

    const times = page.getByRole("region", { name: "Query times" });
    await times.getByRole("button", { name: "Count" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/sort=count/);
    await expect.poll(async () => (await listRoutes(page))[0], { timeout: 20_000 }).toBe("POST /v1/logs");
    await page.keyboard.press("Enter");
    await page.waitForURL(/sort=-count/);
    expect((await listRoutes(page)).at(-1)).toBe("POST /v1/logs");
    await times.getByRole("button", { name: /^ingest/ }).click();
    await page.reload();
    await times.getByRole("row", { name: /POST \/v1\/logs/ }).waitFor();
    expect(await listRoutes(page)).toEqual(["POST /v1/logs"]);
    await page.close();
  }, 60_000);

  it("fits a phone: nothing but a table in its panel is wider than the screen", async (ctx) => {
    skipWithoutBrowser(ctx);
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    for (const path of ["/settings/ingest", "/settings"]) {
      await page.goto(`${server.url}${path}`);
      await page.getByText(path === "/settings" ? "There are no keys" : "free on disk").waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    }
    await page.close();
  }, 60_000);

  it("does not tell another project, and says so", async (ctx) => {
    skipWithoutBrowser(ctx);
    const made = await fetch(`${server.url}/api/projects`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "shop", keyName: "first key" }),
    });
    const { key } = (await made.json()) as { key: { key: string } };
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    await page.goto(`${server.url}/login?next=/settings/ingest`);
    await page.getByLabel(/API key/).fill(key.key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("told to the project default alone").waitFor();
    await page.getByRole("region", { name: "Accounting" }).waitFor();
    for (const name of ["Disk", "What is kept", "Query times"]) {
      expect(await page.getByRole("region", { name }).count()).toBe(0);
    }
    await context.close();
  }, 60_000);
});
