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

function renderHtml({ next, problem, notice }: SignInPage): string {
  const status = notice === undefined ? "" : `<p role="status">${escapeHtml(notice)}</p>`;
  const alert = problem === undefined ? "" : `<p role="alert">${escapeHtml(problem)}</p>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in – Spanlight</title><style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { min-height: 100vh; margin: 0; display: grid; place-items: center; }
form { width: min(22rem, 90vw); display: grid; gap: .75rem; }
h1 { font-size: 1.25rem; margin: 0; } p { margin: 0; } p[role=alert] { color: light-dark(#b3261e, #ff8a80); }
input, button { font: inherit; padding: .5rem .75rem; border-radius: .375rem; border: 1px solid GrayText; }
</style></head><body><form method="post" action="/login">
<h1>Spanlight</h1>${status}<label for="key">API key with the scope read</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus>
<input type="hidden" name="next" value="${escapeHtml(next)}">${alert}<button>Sign in</button>
</form></body></html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
