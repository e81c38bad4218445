import {
  apiKeyChangeSchema,
  apiKeyListSchema,
  apiKeySchema,
  auditListQuerySchema,
  auditListSchema,
  createdApiKeySchema,
  createdProjectSchema,
  newApiKeySchema,
  newProjectSchema,
  projectListSchema,
  sessionSchema,
} from "@spanlight/contract";
import type { Route } from "./openapi-route.ts";

/** The routes below `/api/keys`, `/api/projects` and `/api/audit`, which need the scope admin, and who is signed in. */
export const KEY_ROUTES: readonly Route[] = [
  { path: "/api/session", summary: "With which key the asking browser is signed in", answer: sessionSchema },
  { path: "/api/keys", summary: "The keys of the project", answer: apiKeyListSchema },
  {
    path: "/api/keys",
    method: "post",
    summary: "A new key; its text is in this answer alone",
    body: newApiKeySchema,
    status: 201,
    answer: createdApiKeySchema,
  },
  {
    path: "/api/keys/{keyId}",
    method: "patch",
    summary: "Changes a key's name and limits",
    body: apiKeyChangeSchema,
    answer: apiKeySchema,
  },
  { path: "/api/keys/{keyId}", method: "delete", summary: "Revokes a key", status: 204 },
  {
    path: "/api/projects",
    summary: "The projects of the server; for the project default alone",
    answer: projectListSchema,
  },
  {
    path: "/api/projects",
    method: "post",
    summary: "A new project with its first key; for the project default alone",
    body: newProjectSchema,
    status: 201,
    answer: createdProjectSchema,
  },
  {
    path: "/api/audit",
    summary: "Who changed what, the newest first",
    query: auditListQuerySchema,
    answer: auditListSchema,
  },
];
