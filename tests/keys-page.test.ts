// Keys as a person handles them: made, used, limited and revoked on the page, in a real browser.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

/** Sends one log record. */
async function send(key: string): Promise<number> {
  const record = { timeUnixNano: String(BigInt(Date.now()) * 1_000_000n), body: { stringValue: "said" } };
  const answer = await fetch(`${server.url}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": key },
    body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }),
  });
  return answer.status;
}

async function makeKey(page: Page, name: string): Promise<string> {
  await page.getByRole("button", { name: "New key…" }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Bytes per second").fill("much");
  await page.getByText("a number above 0").waitFor();
  expect(await page.getByRole("button", { name: "Make the key" }).isDisabled()).toBe(true);
  await page.getByLabel("Bytes per second").fill("5 MB");
  await page.getByRole("button", { name: "Make the key" }).click();
  const text = await page.getByText(/^spk_/).textContent();
  await page.getByRole("button", { name: "Done" }).click();
  return text ?? "";
}

describe("the page of keys", () => {
  it("makes one, shows it once, tells what came with it, limits and revokes it, and says who did so", async (ctx) => {
    if (executable === undefined) return ctx.skip("no Chromium on this machine (apt-get install chromium)");
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`${server.url}/settings`);
    await page.getByText("There are no keys").waitFor();
    const key = await makeKey(page, "checkout");
    expect(key).toMatch(/^spk_[a-z2-7]{12}_[\w-]{43}$/);
    expect(await page.content()).not.toContain(key);
    await page.getByText("at most 4.77 MiB/s").waitFor();

    expect(await send(key)).toBe(200);
    await page.getByRole("link", { name: "Ingest and server" }).click();
    await page.getByRole("rowheader", { name: /^checkout/ }).waitFor();
    await page.getByRole("link", { name: "Keys and settings" }).click();

    await page.getByRole("button", { name: "Limits of checkout" }).click();
    await page.getByLabel("Requests per second").fill("50");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("at most 50 requests/s").waitFor();

    await page.getByRole("button", { name: "Revoke checkout" }).click();
    expect(await send(key)).toBe(200);
    await page.getByRole("button", { name: "Revoke", exact: true }).click();
    await page.getByRole("button", { name: "Show 1 revoked" }).waitFor();
    expect(await send(key)).toBe(401);

    for (const done of ["made the key", "changed the key", "revoked the key"])
      await page.getByText(done).waitFor();
    await page.close();
  }, 60_000);

  it("makes a project with a key that signs in to it, and shows projects there no more", async (ctx) => {
    if (executable === undefined) return ctx.skip("no Chromium on this machine (apt-get install chromium)");
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    await page.goto(`${server.url}/settings`);
    await page.getByRole("button", { name: "New project…" }).click();
    await page.getByLabel("Name").fill("Shop");
    await page.getByText("A name is lower-case letters").waitFor();
    expect(await page.getByRole("button", { name: "Make the project" }).isDisabled()).toBe(true);
    await page.getByLabel("Name").fill("default");
    await page.getByRole("button", { name: "Make the project" }).click();
    await page.getByRole("alert").getByText("there is a project default").waitFor();
    await page.getByLabel("Name").fill("shop");
    await page.getByRole("button", { name: "Make the project" }).click();
    const key = (await page.getByText(/^spk_/).textContent()) ?? "";
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByText("1 key in force").waitFor();
    await page.getByText("made the project shop").waitFor();

    await page.goto(`${server.url}/login?next=/settings`);
    await page.getByLabel(/API key/).fill(key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("region", { name: "Keys" }).getByText("first key").waitFor();
    await page.getByText("made the key").waitFor();
    expect(await page.getByRole("button", { name: "New project…" }).count()).toBe(0);
    await context.close();
  }, 60_000);
});
