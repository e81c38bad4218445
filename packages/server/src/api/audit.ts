import { auditListQuerySchema, type AuditList, type AuditListQuery } from "@spanlight/contract";
import { Hono } from "hono";
import { parseQuery } from "./parameters.ts";

/** `/api/audit`: who changed what, and when. */
export function createAuditRoutes(list: (question: AuditListQuery) => Promise<AuditList>): Hono {
  const routes = new Hono();
  routes.get("/", async (context) =>
    context.json(await list(parseQuery(auditListQuerySchema, context.req.url))),
  );
  return routes;
}
