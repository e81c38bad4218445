// Our own door for scores.
import { randomUUID } from "node:crypto";
import { newScoreSchema } from "@spanlight/contract";
import type { Hono } from "hono";
import { MalformedRequestError } from "../../decode/malformed-request-error.ts";
import { answerJson, type Door, type NativeDoorOptions } from "./native-door.ts";
import type { Score } from "./part.ts";

export function addScoreRoutes(app: Hono<Door>, options: NativeDoorOptions): void {
  app.post("/api/scores", (context) =>
    answerJson(context, options, async (value) => {
      const score = readScore(value, options.now());
      await options.intake.acceptScores(options.project, [score]);
      return context.json({ id: score.id }, 201);
    }),
  );
}

function readScore(value: unknown, timeMs: number): Score {
  const result = newScoreSchema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    const name = issue === undefined || issue.path.length === 0 ? "the score" : issue.path.join(".");
    throw new MalformedRequestError(`${name} cannot be used: ${issue?.message ?? "it is not valid"}`, {
      cause: result.error,
    });
  }
  const { comment, source, ...given } = result.data;
  const nothing = { traceId: "", spanId: "", sessionId: "", value: undefined, label: "" };
  return {
    id: randomUUID(),
    ...nothing,
    ...given,
    explanation: comment ?? "",
    origin: source ?? "api",
    timeMs,
  };
}
