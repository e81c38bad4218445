import type { IncomingMessage } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import { Hono, type Context } from "hono";
import { answerProblem } from "../api/answer.ts";
import { BodyTooLargeError, readBodyText } from "../api/read-body-text.ts";
import { isCrossSite } from "../keys/identify.ts";
import type { Access } from "../keys/open-access.ts";
import type { Key } from "../keys/key.ts";
import { readSessionCookie, renderSessionCookie } from "../keys/sessions.ts";
import { toActor, type AuditTrail } from "./audit-trail.ts";

type Door = { Bindings: HttpBindings };

export interface SignInOptions {
  readonly isBehindProxy: boolean;
  readonly audit: AuditTrail;
}

/** A key and a path: whoever asks has no key yet, so that no more is read. */
const mostBodyBytes = 16 * 1024;

/** `/login`, `/logout`: a browser signs in with a key that may read. */
export function createSignIn(
  { keyring, sessions }: Pick<Access, "keyring" | "sessions">,
  { isBehindProxy, audit }: SignInOptions,
): Hono<Door> {
  const app = new Hono<Door>();
  const record = (key: Key, { incoming }: HttpBindings): Promise<void> => {
    const caller = { project: key.project, scopes: key.scopes, key, isOperator: false };
    const change = { action: "session.start", target: key.id };
    return audit.record(key.project, toActor(caller, incoming, isBehindProxy), change);
  };
  const isSecure = ({ req }: Context<Door>): boolean =>
    isBehindProxy && req.header("x-forwarded-proto")?.split(",", 1)[0]?.trim() === "https";
  app.get("/login", (context) => {
    const next = readNext(context.req.query("next"));
    const isSignedOut = context.req.query("signed-out") !== undefined;
    return renderPage(context, isSignedOut ? { next, notice: "You are signed out." } : { next });
  });
  app.use(async ({ req }, next) => {
    // Somebody else's page could sign its visitor in with a key of its own, to have what they do there.
    if (req.method === "POST" && isCrossSite((name) => req.header(name))) {
      const detail = "a page of another site may not send this";
      return answerProblem({ status: 403, code: "forbidden", detail });
    }
    return next();
  });
  app.onError((error) => {
    if (!(error instanceof BodyTooLargeError)) throw error;
    return answerProblem({ status: 413, code: error.code, detail: error.message });
  });
  app.post("/login", async (context) => {
    const form = new URLSearchParams(await readBodyText(context, mostBodyBytes));
    const target = readNext(form.get("next") ?? undefined);
    const key = keyring.find((form.get("key") ?? "").trim());
    if (key === undefined) return renderPage(context, { next: target, problem: "This key is not known." });
    if (!key.scopes.includes("read")) {
      return renderPage(context, { next: target, problem: "This key may not read." });
    }
    context.header("set-cookie", renderSessionCookie(sessions.start(key.id), isSecure(context)));
    await record(key, context.env);
    return context.redirect(target, 303);
  });
  app.post("/logout", (context) => {
    const token = readSessionCookie(context.req.header("cookie"));
    if (token !== undefined) sessions.end(token);
    context.header("set-cookie", renderSessionCookie("", isSecure(context)));
    return context.redirect("/login?signed-out", 303);
  });
  return app;
}

/** True for a page that a person asks for, not one of the files it loads. */
export function isDocument({ headers, method }: IncomingMessage): boolean {
  return method === "GET" && headers.accept?.includes("text/html") === true;
}

export function redirectToSignIn({ url = "/" }: IncomingMessage): Response {
  const location = `/login?next=${encodeURIComponent(url)}`;
  return new Response(null, { status: 303, headers: { location, "cache-control": "no-store" } });
}

/** Where to go after signing in: a path of this server, never another one's. */
function readNext(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])[^\\\s]*$/.test(next) ? next : "/";
}

const security = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
};

interface SignInPage {
  readonly next: string;
  /** Why the last try failed. */
  readonly problem?: string;
  /** What has just happened. */
  readonly notice?: string;
}

function renderPage(context: Context<Door>, page: SignInPage): Response {
  return context.html(renderHtml(page), page.problem === undefined ? 200 : 401, security);
}

/** The sign of the product, as the pages have it. */
const mark =
  '<svg width="18" height="16" viewBox="0 0 18 16" aria-hidden="true"><rect x="8" y="1.5" width="9" height="3" rx="1" fill="#b9770e"/>' +
  '<rect x="4" y="6.5" width="9" height="3" rx="1" fill="#6d55d1"/><rect x="1" y="11.5" width="6" height="3" rx="1" fill="#8a8f99"/></svg>';

function renderHtml({ next, problem, notice }: SignInPage): string {
  const status = notice === undefined ? "" : `<p role="status">${escapeHtml(notice)}</p>`;
  const alert = problem === undefined ? "" : `<p role="alert">${escapeHtml(problem)}</p>`;
  const invalid = problem === undefined ? "" : ' aria-invalid="true"';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in – Spanlight</title><style>
:root { color-scheme: light dark; --line: light-dark(#d3d2cc, #363941); --strong: light-dark(#1b1c1e, #e8e8e6);
  --bad: light-dark(#c8322b, #ef6a61); --accent: light-dark(#2457c5, #7ea2f2); }
* { box-sizing: border-box; }
body { min-height: 100dvh; margin: 0; padding: 16px; display: grid; place-items: center; font: 14px/20px system-ui, sans-serif;
  background: light-dark(#f7f7f5, #111214); color: var(--strong); }
form { width: min(340px, 100%); display: grid; gap: 10px; padding: 20px; border: 1px solid light-dark(#e6e5e1, #26282d); border-radius: 8px;
  background: light-dark(#ffffff, #17181b); }
h1 { display: flex; align-items: center; gap: 8px; font-size: 14px; margin: 0; } p { margin: 0; } p[role=alert] { color: var(--bad); }
label { color: light-dark(#5c5f66, #a2a5ad); }
input, button { font: inherit; height: 36px; padding: 0 10px; border: 1px solid var(--line); border-radius: 6px; }
input { background: light-dark(#f7f7f5, #111214); color: inherit; } input[aria-invalid] { border-color: var(--bad); }
button { border-color: var(--strong); background: var(--strong); color: light-dark(#ffffff, #17181b); font-weight: 500; cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
</style></head><body><form method="post" action="/login">
<h1>${mark}Spanlight</h1>${status}<label for="key">API key with the scope read</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus${invalid}>
<input type="hidden" name="next" value="${escapeHtml(next)}">${alert}<button>Sign in</button>
</form></body></html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
