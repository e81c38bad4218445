// Addresses that take one upload and no key: SDKs put media to the address they were told, as to any object store, without their credentials.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { isRecord } from "../../decode/json-fields.ts";
import type { Sender } from "../../ingest/group-commit.ts";
import { ForbiddenError } from "../../keys/errors.ts";

/** What may be uploaded, by whom, and to which span it belongs. */
export interface MediaTicket extends Sender {
  readonly id: string;
  /** SHA-256 of the bytes, base64. */
  readonly sha256: string;
  readonly contentType: string;
  /** Hexadecimal. */
  readonly traceId: string;
  readonly spanId: string;
  /** Unix milliseconds after which nothing is taken. */
  readonly untilMs: number;
}

/** Signs tickets with a secret of this process: none outlives it. */
export class MediaTickets {
  private readonly secret = randomBytes(32);

  issue(ticket: MediaTicket): string {
    const body = Buffer.from(JSON.stringify(ticket), "utf8").toString("base64url");
    return `${body}.${this.sign(body).toString("base64url")}`;
  }

  /** Throws ForbiddenError for what was not issued here or is over. */
  read(text: string, nowMs: number): MediaTicket {
    const [body = "", signature = ""] = text.split(".", 2);
    const given = Buffer.from(signature, "base64url");
    const expected = this.sign(body);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw refuse();
    const ticket: unknown = JSON.parse(Buffer.from(body, "base64url").toString("utf8"));
    if (!isTicket(ticket) || ticket.untilMs < nowMs) throw refuse();
    return ticket;
  }

  private sign(body: string): Buffer {
    return createHmac("sha256", this.secret).update(body).digest();
  }
}

function refuse(): ForbiddenError {
  return new ForbiddenError("this address takes no upload any more: ask for a new one at /api/public/media");
}

/** Whatever is signed was written by `issue`. */
function isTicket(value: unknown): value is MediaTicket {
  return isRecord(value) && typeof value["untilMs"] === "number";
}
