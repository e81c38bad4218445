import { fieldsOf, isObject, numberOf, textOf, type Fields } from "../sources/read-value.ts";

/** A found document as the conventions write it; the text only where content is recorded. */
interface FoundDocument {
  id?: string | undefined;
  score?: number | undefined;
  content?: string | undefined;
  metadata?: unknown;
}

/** The documents in a retrieval's result, or undefined when it holds no list. Knows the usual shapes of vector stores. */
export function describeDocuments(result: unknown, withContent: boolean): FoundDocument[] | undefined {
  const list = findList(result);
  return list?.map((item) => describe(item, withContent));
}

function findList(result: unknown): readonly unknown[] | undefined {
  if (Array.isArray(result)) return result;
  const fields = fieldsOf(result);
  for (const name of ["documents", "matches", "results", "hits", "data"]) {
    const list = fields[name];
    if (Array.isArray(list)) return list;
  }
  return undefined;
}

function describe(item: unknown, withContent: boolean): FoundDocument {
  // LangChain gives [document, score] pairs.
  const [document, pairScore] = Array.isArray(item) ? (item as readonly unknown[]) : [item];
  if (typeof document === "string") return withContent ? { content: document } : {};
  const fields = fieldsOf(document);
  const metadata = fieldsOf(fields["metadata"]);
  const found: FoundDocument = {};
  found.id = readId(fields) ?? readId(metadata);
  found.score = numberOf(pairScore) ?? readScore(fields) ?? readScore(metadata);
  if (!withContent) return found;
  found.content = readText(fields);
  if (isObject(fields["metadata"])) found.metadata = metadata;
  return found;
}

function readScore(fields: Fields): number | undefined {
  return numberOf(fields["score"]) ?? numberOf(fields["similarity"]);
}

function readId(fields: Fields): string | undefined {
  const id = fields["id"] ?? fields["_id"];
  return typeof id === "number" ? String(id) : textOf(id);
}

function readText(fields: Fields): string | undefined {
  return (
    textOf(fields["content"]) ??
    textOf(fields["text"]) ??
    textOf(fields["pageContent"]) ??
    textOf(fields["body"])
  );
}
