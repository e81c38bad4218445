import { extname } from "node:path";
import type { Env, Hono, MiddlewareHandler } from "hono";
import { answerProblem, answerUnknownPath } from "./answer.ts";

/** Below these addresses are programs' doors and never a page. */
const doorAddresses = /^\/(api|v1|otel|prometheus|jaeger|mcp|runs|feedback)(\/|$)/;

interface Address {
  readonly method: string;
  readonly segments: readonly string[];
}

/**
 * Answers what no route of `app` took: 405 where the address is known with other methods, 404 where it is not. What a browser may be
 * asking the pages for goes on to them. To be added behind every route and before the pages.
 */
export function refuseUnmatched<Door extends Env>(app: Hono<Door>): MiddlewareHandler {
  let addresses: readonly Address[] | undefined;
  return async (context, next) => {
    const { path, method } = context.req;
    if (["GET", "HEAD"].includes(method) && mayBePage(path, context.req.header("accept"))) return next();
    addresses ??= listAddresses(app);
    const methods = findMethods(addresses, path);
    return methods.length === 0 ? answerUnknownPath(path) : answerWrongMethod({ method, path, methods });
  };
}

/** Browsers ask for text/html. A program that asks for what is not here would take a page for an answer. */
export function mayBePage(path: string, accept: string | undefined): boolean {
  if (doorAddresses.test(path)) return false;
  return path === "/" || extname(path) !== "" || accept?.includes("text/html") === true;
}

function listAddresses<Door extends Env>(app: Hono<Door>): Address[] {
  return app.routes
    .filter(({ method, path }) => method !== "ALL" && !path.includes("*"))
    .map(({ method, path }) => ({ method, segments: path.split("/") }));
}

function findMethods(addresses: readonly Address[], path: string): string[] {
  const asked = path.split("/");
  const methods = addresses
    .filter(({ segments }) => isSame(segments, asked))
    .flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  return [...new Set(methods)];
}

function isSame(segments: readonly string[], asked: readonly string[]): boolean {
  return (
    segments.length === asked.length &&
    segments.every((segment, index) =>
      segment.startsWith(":") ? asked[index] !== "" : segment === asked[index],
    )
  );
}

function answerWrongMethod(request: { method: string; path: string; methods: readonly string[] }): Response {
  const { method, path } = request;
  const allowed = request.methods.join(", ");
  const detail = `${path} does not know ${method}: it takes ${allowed}`;
  const response = answerProblem({ status: 405, code: "method_not_allowed", detail });
  response.headers.set("allow", allowed);
  return response;
}
