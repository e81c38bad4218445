import {
  newProjectSchema,
  type CreatedProject,
  type NewProject,
  type ProjectList,
} from "@spanlight/contract";
import { Hono } from "hono";
import { answerKeyProblem } from "./keys.ts";
import { parseWith } from "./parameters.ts";
import { readJsonBody } from "./read-json-body.ts";
import { recordChange } from "./record-change.ts";

/** The projects of the server. */
export interface ProjectsDesk {
  list(): ProjectList;
  /** Makes one with its first key. */
  create(wanted: NewProject): Promise<CreatedProject>;
}

const mostBodyBytes = 16 * 1024;

/** `/api/projects`: listed and made. */
export function createProjectRoutes(desk: ProjectsDesk): Hono {
  const routes = new Hono();
  routes.onError(answerKeyProblem);
  routes.get("/", (context) => context.json(desk.list()));
  routes.post("/", async (context) => {
    const created = await desk.create(
      parseWith(newProjectSchema, await readJsonBody(context, mostBodyBytes)),
    );
    const { id, name, scopes } = created.key;
    // Whose key it is reads who made it, too.
    const detail = { name, scopes };
    await recordChange(context, { action: "key.create", target: id, detail, project: created.name });
    await recordChange(context, {
      action: "project.create",
      target: created.name,
      detail: { keyId: id, ...detail },
    });
    return context.json(created, 201);
  });
  return routes;
}
