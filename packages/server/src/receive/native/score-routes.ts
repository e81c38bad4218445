// Our own door for scores.
import { randomUUID } from "node:crypto";
import { newScoreSchema, type NewScore } from "@spanlight/contract";
import type { Hono } from "hono";
import { MalformedRequestError } from "../../decode/malformed-request-error.ts";
import { renderProblem } from "../answer.ts";
import { senderOf, type Door } from "../door.ts";
import { answerJson, type NativeDoorOptions } from "./native-door.ts";
import type { Score } from "./part.ts";

export function addScoreRoutes(app: Hono<Door>, options: NativeDoorOptions): void {
  app.post("/api/scores", (context) =>
    answerJson(context, { ...options, render: renderProblem }, async (value) => {
      const score = readScore(value, options.now());
      await options.intake.acceptScores(senderOf(context, options.project), [score]);
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
  const { id = randomUUID(), traceId = "", spanId = "", name, value: number } = result.data;
  return { id, traceId, spanId, name, value: number, timeMs, ...readWords(result.data) };
}

function readWords(given: NewScore): Pick<Score, "sessionId" | "label" | "explanation" | "origin"> {
  const { sessionId = "", label = "", comment = "", source = "api" } = given;
  return { sessionId, label, explanation: comment, origin: source };
}
