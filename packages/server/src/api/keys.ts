import {
  apiKeyChangeSchema,
  newApiKeySchema,
  type ApiKey,
  type ApiKeyChange,
  type ApiKeyList,
  type CreatedApiKey,
  type NewApiKey,
} from "@spanlight/contract";
import { Hono } from "hono";
import { answerProblem, NotFoundError } from "./answer.ts";
import { parseWith } from "./parameters.ts";
import { readJsonBody } from "./read-json-body.ts";
import { recordChange } from "./record-change.ts";

/** The keys of one project; null where it has none of that id in force. */
export interface KeysDesk {
  list(): ApiKeyList;
  create(wanted: NewApiKey): Promise<CreatedApiKey>;
  change(id: string, change: ApiKeyChange): Promise<ApiKey | null>;
  /** Takes it out of force at once. */
  revoke(id: string): Promise<ApiKey | null>;
}

const mostBodyBytes = 16 * 1024;

/** Status of what keys refuse, by code. */
const STATUS: Readonly<Record<string, number>> = {
  key_in_settings: 409,
  project_exists: 409,
  first_key_must_administer: 409,
  key_file: 500,
  body_too_large: 413,
  media_type_unsupported: 415,
};

/** `/api/keys…`: made, listed, limited and revoked. */
export function createKeyRoutes(desk: KeysDesk): Hono {
  const routes = new Hono();
  routes.onError(answerKeyProblem);
  routes.get("/", (context) => context.json(desk.list()));
  routes.post("/", async (context) => {
    const created = await desk.create(parseWith(newApiKeySchema, await readJsonBody(context, mostBodyBytes)));
    const { id, name, scopes, maxRequestsPerSecond, maxBytesPerSecond } = created;
    const detail = { name, scopes, maxRequestsPerSecond, maxBytesPerSecond };
    await recordChange(context, { action: "key.create", target: id, detail });
    return context.json(created, 201);
  });
  routes.patch("/:keyId", async (context) => {
    const id = context.req.param("keyId");
    const change = parseWith(apiKeyChangeSchema, await readJsonBody(context, mostBodyBytes));
    const key = (await desk.change(id, change)) ?? refuse(id);
    await recordChange(context, { action: "key.change", target: id, detail: change });
    return context.json(key);
  });
  routes.delete("/:keyId", async (context) => {
    const id = context.req.param("keyId");
    const { name } = (await desk.revoke(id)) ?? refuse(id);
    await recordChange(context, { action: "key.revoke", target: id, detail: { name } });
    return context.body(null, 204);
  });
  return routes;
}

/** What keys and projects refuse, in its words; throws on what anybody else does. */
export function answerKeyProblem(error: Error): Response {
  const code = "code" in error ? String(error.code) : "";
  const status = STATUS[code];
  if (status === undefined) throw error;
  return answerProblem({ status, code, detail: error.message });
}

function refuse(id: string): never {
  throw new NotFoundError("key_not_found", `there is no key ${id} in force`);
}
