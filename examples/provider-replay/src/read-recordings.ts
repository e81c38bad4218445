import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { readHarEntries } from "./har.ts";
import { readEvent, type Answer, type Recording } from "./recording.ts";

/** Every recording below a folder laid out as `<provider>/<name>.json|.chunks.txt|.har`, or of one such folder. */
export function readRecordings(directory: string): Recording[] {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  return files.flatMap((path) => readFile(directory, path));
}

function readFile(directory: string, path: string): Recording[] {
  const name = relative(directory, path);
  const provider = providerOf(directory, path);
  if (path.endsWith(".har")) return readHarEntries(name, readFileSync(path, "utf8"));
  const common = {
    name,
    provider,
    method: "POST",
    url: "",
    status: undefined,
    headers: {},
    request: undefined,
  };
  if (path.endsWith(".chunks.txt")) {
    const lines = readFileSync(path, "utf8").split("\n");
    const events = lines.filter((line) => line.trim() !== "").map(readEvent);
    return [{ ...common, answer: { kind: "events", events } }];
  }
  if (!path.endsWith(".json")) return [];
  return [{ ...common, answer: readBody(readFileSync(path)) }];
}

function readBody(bytes: Buffer): Answer {
  try {
    return { kind: "body", body: JSON.parse(bytes.toString()) as unknown };
  } catch {
    return { kind: "bytes", bytes, contentType: "application/json" };
  }
}

/** The folder a file lies in, which names its provider, also when that folder alone is replayed. */
function providerOf(directory: string, path: string): string {
  const parts = join(directory, relative(directory, path)).split("/");
  return parts.at(-2) ?? "";
}
