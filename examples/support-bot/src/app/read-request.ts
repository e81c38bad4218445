import type { IncomingMessage } from "node:http";
import type { Caller } from "./bot.ts";

/** The request's body lacks something or is too long; `status` is the HTTP status to answer. */
export class BadRequestError extends Error {
  readonly code = "bad_request";
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

const mostBytes = 1_000_000;

/** A JSON object of strings; fields of other types are left out. */
export async function readFields(request: IncomingMessage): Promise<Readonly<Record<string, string>>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > mostBytes) throw new BadRequestError("The body is longer than a megabyte.", 413);
  }
  const fields = Object.entries(parseObject(Buffer.concat(chunks).toString("utf8")));
  return Object.fromEntries(
    fields.filter((field): field is [string, string] => typeof field[1] === "string"),
  );
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch (error) {
    throw new BadRequestError(`The body is no JSON: ${String(error)}`);
  }
  throw new BadRequestError("The body must be a JSON object.");
}

/** The text field a request cannot do without. */
export function requireField(fields: Readonly<Record<string, string>>, name: string): string {
  const value = fields[name];
  if (value === undefined || value.trim() === "")
    throw new BadRequestError(`The field "${name}" is missing.`);
  return value;
}

export function readCaller(fields: Readonly<Record<string, string>>): Caller {
  return {
    user: fields["user"] ?? "anonymous",
    session: fields["session"] ?? "none",
    tenant: fields["tenant"] ?? "none",
  };
}
