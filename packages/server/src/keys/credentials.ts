/** A header's value by its lower-case name; of several the first. */
export type ReadHeader = (name: string) => string | undefined;

/** Headers in which SDKs send their key beside `Authorization`: LangSmith `x-api-key`, Phoenix `api_key`, Google `x-goog-api-key`. */
const keyHeaders = ["x-api-key", "api_key", "api-key"] as const;

/**
 * The texts a request offers as its key, likeliest first. `Authorization` is read as Bearer, as Basic (Langfuse sends
 * public:secret, Grafana user:password: either half may be the key) or bare (Opik).
 */
export function readCredentials(header: ReadHeader): string[] {
  const found = readAuthorization(header("authorization") ?? "");
  for (const name of keyHeaders) found.push(header(name)?.trim() ?? "");
  return found.filter((text) => text !== "");
}

function readAuthorization(value: string): string[] {
  const match = /^\s*(bearer|basic)\s+(.*?)\s*$/i.exec(value);
  if (match === null) return [value.trim()];
  const [, scheme = "", rest = ""] = match;
  return scheme.toLowerCase() === "basic" ? readBasic(rest) : [rest];
}

function readBasic(encoded: string): string[] {
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon === -1 ? [text] : [text.slice(colon + 1), text.slice(0, colon)];
}
