import { readCredentials, type ReadHeader } from "./credentials.ts";
import { ForbiddenError, UnauthenticatedError } from "./errors.ts";
import { defaultProject, scopes, type Key, type Scope } from "./key.ts";
import type { Keyring } from "./keyring.ts";
import { fitsHash, keyPrefix } from "./secret.ts";
import { readSessionCookie, type Sessions } from "./sessions.ts";

/** Who asks. */
export interface Caller {
  readonly project: string;
  readonly scopes: readonly Scope[];
  /** null = no key was needed. */
  readonly key: Key | null;
  readonly isOperator: boolean;
}

/** What a request says of who sends it. */
export interface Request {
  readonly header: ReadHeader;
  /** True for methods that change something. */
  readonly isWrite: boolean;
  /** A page of another site sends it that may: it is known by its key alone, never by whoever is signed in here. */
  readonly isAllowedOrigin?: boolean;
}

/** By what callers are known. */
export interface Identification {
  readonly keyring: Keyring;
  readonly sessions: Sessions;
  /** Whether whoever has no key is turned away: asked at every request, because keys come and go. */
  readonly isKeyNeeded: () => boolean;
  /** A proxy in front decides who comes in: it knows under which names. */
  readonly isBehindProxy: boolean;
  /** Hash of the token that lies in the data directory for its owner. */
  readonly operatorHash: string;
}

const anyone: Caller = { project: defaultProject, scopes, key: null, isOperator: false };
const operator: Caller = { project: defaultProject, scopes, key: null, isOperator: true };

/**
 * Finds out who asks. Where no key is needed, a text that is no key of ours counts as none: SDKs of other products do not start
 * without one. Throws UnauthenticatedError, and ForbiddenError for a browser that another site's page makes ask.
 */
export function identify(by: Identification, request: Request): Caller {
  const texts = readCredentials(request.header);
  for (const text of texts) {
    const key = by.keyring.find(text);
    if (key !== undefined) return toCaller(key);
    if (fitsHash(text, by.operatorHash)) return operator;
  }
  if (texts.some((text) => text.startsWith(keyPrefix))) {
    throw new UnauthenticatedError("the key is not known, or was revoked");
  }
  const session = request.isAllowedOrigin === true ? undefined : readSession(by, request);
  if (session !== undefined) return session;
  if (!by.isKeyNeeded()) {
    if (by.isBehindProxy) checkSite(request);
    else checkBrowser(request);
    return anyone;
  }
  throw new UnauthenticatedError(
    "a key is needed: send it as Authorization: Bearer, as x-api-key or as the password of Basic",
  );
}

function readSession(by: Identification, { header, isWrite }: Request): Caller | undefined {
  const key = findSessionKey(by, header("cookie"));
  if (key === undefined) return undefined;
  if (isWrite && !isSameOrigin(header)) {
    throw new ForbiddenError("a signed-in browser may only send this from the server's own pages");
  }
  return toCaller(key);
}

/** The key that the browser with this `Cookie` header signed in with, while it is in force. */
export function findSessionKey(
  { sessions, keyring }: Pick<Identification, "sessions" | "keyring">,
  cookies: string | undefined,
): Key | undefined {
  const token = readSessionCookie(cookies);
  const keyId = token === undefined ? undefined : sessions.findKeyId(token);
  return keyId === undefined ? undefined : keyring.get(keyId);
}

function toCaller(key: Key): Caller {
  return { project: key.project, scopes: key.scopes, key, isOperator: false };
}

/**
 * Whatever a person visits can make their browser ask a server on their machine. Pages of other sites may not change anything, and a
 * name that somebody points at this machine reads nothing.
 */
function checkBrowser({ header, isWrite, isAllowedOrigin }: Request): void {
  const name = (header("host") ?? "localhost").replace(/:\d+$/, "").toLowerCase();
  const isOwnName = !name.includes(".") || /(^\[.*\]|^[\d.]+|\.localhost|\.internal|\.local)$/.test(name);
  if (!isOwnName) {
    throw new ForbiddenError(
      `without a key the server answers under its address and local names, not as ${name}: make a key, or set SPANLIGHT_BEHIND_PROXY=on where a proxy decides who comes in`,
    );
  }
  if (isWrite && isAllowedOrigin !== true && header("origin") !== undefined && !isSameOrigin(header)) {
    throw new ForbiddenError("a page of another site may not send this");
  }
}

/**
 * A proxy that signs people in lets their browsers through, whoever's page makes them ask. It may change the name that was asked for,
 * but not what the browser says of the page.
 */
function checkSite({ header, isWrite, isAllowedOrigin }: Request): void {
  if (isWrite && isAllowedOrigin !== true && header("sec-fetch-site") === "cross-site") {
    throw new ForbiddenError("a page of another site may not send this");
  }
}

/** True for what another site's page makes a browser send; programs say nothing of where they are. */
export function isCrossSite(header: ReadHeader): boolean {
  return (header("sec-fetch-site") ?? header("origin")) !== undefined && !isSameOrigin(header);
}

/** Browsers say where a request that changes something comes from; one that does not say is refused. */
function isSameOrigin(header: ReadHeader): boolean {
  const site = header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  const origin = header("origin") ?? "";
  return URL.canParse(origin) && new URL(origin).host === header("host");
}
