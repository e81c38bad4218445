// Signing in and out as a person does it, with the mouse, with the keyboard alone, and on a phone.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { findBrowser, openBrowser } from "./browser.ts";
import { startServerProcess, type ServerProcess } from "./server-process.ts";

const executable = findBrowser();
const apiKey = "a-key-of-sixteen-characters-and-more";
let server: ServerProcess;
let browser: Browser;

beforeAll(async () => {
  if (executable === undefined) return;
  server = await startServerProcess({ SPANLIGHT_KEYS_REQUIRED: "on", SPANLIGHT_API_KEY: apiKey });
  browser = await openBrowser(executable);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Opens a page of the server, by way of the sign-in that a stranger is led to. */
async function signIn(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${server.url}${path}`);
  await page.waitForURL(/\/login\?next=/);
  await page.getByLabel(/API key/).fill(apiKey);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${server.url}${path}`);
  return page;
}

/** Finds the browser signed out: it says so, the pages and their data are shut, and going back shows nothing. */
async function expectSignedOut(page: Page): Promise<void> {
  await page.waitForURL(/\/login\?signed-out/);
  await page.getByRole("status").getByText("You are signed out.").waitFor();
  expect((await page.request.get(`${server.url}/api/traces`)).status()).toBe(401);
  await page.goBack();
  await page.waitForURL(/\/login\?next=/);
}

function skipWithoutBrowser(ctx: TestContext): void {
  if (executable === undefined) ctx.skip("no Chromium on this machine (apt-get install chromium)");
}

describe("signing out", () => {
  it("stands below the list of pages, beside the key one is signed in with", async (ctx) => {
    skipWithoutBrowser(ctx);
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await signIn(context, "/traces");
    const signedIn = page.getByRole("group", { name: "Signed in" });
    await signedIn.getByText("project default").waitFor();
    await signedIn.getByRole("button", { name: "Sign out" }).click();
    await expectSignedOut(page);
    await context.close();
  }, 60_000);

  it("is reached and done with the keyboard alone", async (ctx) => {
    skipWithoutBrowser(ctx);
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await signIn(context, "/alerts");
    const button = page.getByRole("button", { name: "Sign out" });
    await button.waitFor();
    for (let step = 0; step < 30; step += 1) {
      await page.keyboard.press("Tab");
      if (await button.evaluate((element) => element === document.activeElement)) break;
    }
    expect(await button.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe("solid");
    await page.keyboard.press("Enter");
    await expectSignedOut(page);
    await context.close();
  }, 60_000);

  it("is on the page of settings on a phone", async (ctx) => {
    skipWithoutBrowser(ctx);
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true });
    const page = await signIn(context, "/");
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Settings" }).tap();
    await page.getByRole("link", { name: "Keys and settings" }).tap();
    await page.getByRole("region", { name: "Signed in" }).getByRole("button", { name: "Sign out" }).tap();
    await expectSignedOut(page);
    await context.close();
  }, 60_000);

  it("is nowhere where no session is: a server that needs no key", async (ctx) => {
    skipWithoutBrowser(ctx);
    const open = await startServerProcess();
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const told = page.waitForResponse((response) => response.url().endsWith("/api/session"));
    await page.goto(`${open.url}/settings`);
    expect(await (await told).json()).toEqual({ session: null });
    await page.getByText("There are no keys").waitFor();
    expect(await page.getByRole("button", { name: "Sign out" }).count()).toBe(0);
    await page.close();
    await open.stop();
  }, 60_000);
});
