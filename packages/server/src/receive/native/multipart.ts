// Bodies of type multipart/form-data, read in place. Source: RFC 7578, RFC 2046 section 5.1.
import { MalformedRequestError } from "../../decode/malformed-request-error.ts";

export interface FormPart {
  readonly name: string;
  readonly contentType: string;
  readonly body: Buffer;
}

/** The parts of a body; throws MalformedRequestError where the content type names no boundary or a part does not end. */
export function readMultipart(contentType: string, body: Buffer): FormPart[] {
  const boundary = /;\s*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) throw new MalformedRequestError("the content type names no boundary");
  const delimiter = Buffer.from(`--${boundary}`);
  const parts: FormPart[] = [];
  let at = body.indexOf(delimiter);
  while (at >= 0) {
    const start = at + delimiter.length;
    if (body.toString("latin1", start, start + 2) === "--") return parts;
    const next = body.indexOf(`\r\n--${boundary}`, start);
    if (next < 0) throw new MalformedRequestError("a part of the form does not end");
    parts.push(readPart(body.subarray(start + 2, next)));
    at = next + 2;
  }
  throw new MalformedRequestError("the form has no end");
}

function readPart(bytes: Buffer): FormPart {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) throw new MalformedRequestError("a part of the form has no headers");
  const head = bytes.toString("utf8", 0, headEnd);
  return {
    name: /^content-disposition:.*?;\s*name="([^"]*)"/im.exec(head)?.[1] ?? "",
    contentType: /^content-type:\s*([^;\r\n]*)/im.exec(head)?.[1]?.trim() ?? "",
    body: bytes.subarray(headEnd + 4),
  };
}
