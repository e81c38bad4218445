// What all routes of other products' SDKs share: the body, its limits, the answer.
import type { Context } from "hono";
import { MalformedRequestError } from "../../decode/malformed-request-error.ts";
import type { Log } from "../../spool/inserter.ts";
import { renderFailure, toFailure, type Failure } from "../answer.ts";
import type { Door } from "../door.ts";
import type { BodyReader } from "../read-body.ts";
import type { NativeIntake } from "./native-intake.ts";

export type DoorContext = Context<Door>;

export interface NativeDoorOptions {
  readonly intake: NativeIntake;
  readonly bodies: BodyReader;
  readonly log: Log;
  /** The project of everything that comes through these doors. */
  readonly project: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** What a refused request is told; as over OTLP where not given. */
  readonly render?: (failure: Failure) => Response;
}

/** Answers a request by its body; every failure is an answer too. */
export async function answerBody(
  context: DoorContext,
  { bodies, log, render = (failure) => renderFailure(failure, "json") }: NativeDoorOptions,
  answer: (body: Buffer) => Promise<Response>,
): Promise<Response> {
  try {
    return await bodies.withBody(context.env.incoming, answer);
  } catch (error) {
    const failure = toFailure(error);
    if (failure.status === 500) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log("error", "request failed", { path: context.req.path, error: text });
    }
    // Whatever is left of the body is not read: the connection cannot be used again.
    if (!context.env.incoming.complete) context.env.outgoing.setHeader("connection", "close");
    return render(failure);
  }
}

/** The same for a body of JSON, an empty one counting as null. Throws MalformedRequestError. */
export function answerJson(
  context: DoorContext,
  options: NativeDoorOptions,
  answer: (value: unknown) => Promise<Response>,
): Promise<Response> {
  return answerBody(context, options, (body) => answer(parseJson(body)));
}

export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return null;
  if (isTooDeep(body)) throw new MalformedRequestError(`the body is nested deeper than ${maxDepth} levels`);
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new MalformedRequestError("the body is not JSON", { cause });
  }
}

/** Beyond what anybody sends: writing such a value level by level would run out of stack. */
const maxDepth = 128;

const quote = 0x22;
const backslash = 0x5c;

function isTooDeep(body: Buffer): boolean {
  let depth = 0;
  let isQuoted = false;
  for (let index = 0; index < body.length; index += 1) {
    const byte = body[index] ?? 0;
    if (isQuoted) {
      if (byte === backslash) index += 1;
      else if (byte === quote) isQuoted = false;
    } else if (byte === quote) isQuoted = true;
    else if (byte === 0x5b || byte === 0x7b) depth += 1;
    else if (byte === 0x5d || byte === 0x7d) depth -= 1;
    if (depth > maxDepth) return true;
  }
  return false;
}
