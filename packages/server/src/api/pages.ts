import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { Hono } from "hono";

/** Where the built pages lie in the package. */
export const pagesDirectory: string = fileURLToPath(new URL("../../public", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".map": "application/json",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
};

/** What a page may load: itself. Recorded messages can hold any address, none of which is to be fetched. */
const SECURITY = {
  "content-security-policy":
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
};

/** The pages: files of the directory; any other path without an extension is a page's address and gets `index.html`. */
export function createPages(directory: string = pagesDirectory): Hono {
  const pages = new Hono();
  pages.get("*", async (context, next) => {
    const path = safePath(context.req.path);
    if (path === undefined) return next();
    const extension = extname(path);
    const file = extension === "" ? "index.html" : path;
    const body = await readIfThere(join(directory, file));
    if (body === undefined) return next();
    // Vite names its assets by their hash: what has a name once never changes.
    const cache = file.startsWith(`assets${sep}`) ? "public, max-age=31536000, immutable" : "no-cache";
    return new Response(new Uint8Array(body), {
      headers: {
        "content-type": TYPES[extname(file)] ?? "application/octet-stream",
        "cache-control": cache,
        ...SECURITY,
      },
    });
  });
  return pages;
}

/** A path below the directory, or undefined for one that leads out of it. */
function safePath(urlPath: string): string | undefined {
  let path: string;
  try {
    path = decodeURIComponent(urlPath);
  } catch {
    return undefined;
  }
  const relative = normalize(path).replace(/^[/\\]+/, "");
  return path.includes("\0") || relative.split(/[/\\]/).includes("..") ? undefined : relative;
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch {
    return undefined; // not a file of ours: whoever comes next answers
  }
}
