import { problemSchema } from "@spanlight/contract";
import { readSettings } from "../config/config.ts";

export const defaultUrl = "http://localhost:4318";

interface Question<Answer> {
  readonly path: string;
  /** Sent as JSON by POST; without it the path is read. */
  readonly body?: object | undefined;
  readonly schema: {
    safeParse(value: unknown): { success: true; data: Answer } | { success: false; error: Error };
  };
}

/** Asks a running server, with the key of the settings. Throws its problem in its words, or says that no Spanlight answers there. */
export async function askServer<Answer>(
  url: string,
  { path, body, schema }: Question<Answer>,
): Promise<Answer> {
  const { api_key: key } = readSettings({ environment: process.env, flags: {} });
  const response = await fetch(`${url.replace(/\/+$/, "")}${path}`, {
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    headers: {
      "content-type": "application/json",
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
  }).catch((cause: unknown) => {
    throw new Error(`No server answers on ${url}; start one with "spanlight serve" or name it with --url`, {
      cause,
    });
  });
  const text = await response.text();
  const problem = response.ok ? undefined : problemSchema.safeParse(toJson(text));
  if (problem?.success === true) throw new Error(problem.data.detail);
  const answer = schema.safeParse(toJson(text));
  if (answer.success) return answer.data;
  throw new Error(`What answers on ${url} is not Spanlight; name the server with --url`, {
    cause: answer.error,
  });
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // judged by who asked: it is not one of our answers
  }
}
