import { Hono } from "hono";
import { expect, it } from "vitest";
import { addRuleRoutes, type RuleGroup } from "./rule-routes.ts";

const groupOf = (file: string, name: string): RuleGroup => ({
  file,
  name,
  intervalMs: 60_000,
  limit: 0,
  lastEvaluationMs: null,
  evaluationDurationMs: 0,
  rules: [],
});

const api = new Hono();
addRuleRoutes(api, () => [groupOf("b.yaml", "a"), groupOf("a.yaml", "z"), groupOf("a.yaml", "b")]);

async function list(query: string): Promise<{ names: string[]; next: string | undefined }> {
  const answer = await api.request(`/rules?${query}`);
  const { data } = (await answer.json()) as {
    data: { groups: { file: string; name: string }[]; groupNextToken?: string };
  };
  return { names: data.groups.map(({ file, name }) => `${file} ${name}`), next: data.groupNextToken };
}

it("groups come by file and name, as from Prometheus, a page at a time where one asks for that", async () => {
  const all = ["a.yaml b", "a.yaml z", "b.yaml a"];
  expect(await list("")).toEqual({ names: all, next: undefined });
  const first = await list("group_limit=2");
  expect(first.names).toEqual(all.slice(0, 2));
  expect(await list(`group_limit=2&group_next_token=${first.next}`)).toEqual({
    names: all.slice(2),
    next: undefined,
  });
});
