import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** A piece of code that stands in the documentation. */
export interface Snippet {
  /** Page and number, `langfuse-2`. */
  readonly name: string;
  readonly code: string;
}

/**
 * The JavaScript of every page of docs/sdk, as modules: a block that begins with an import is one, a block that does not goes on
 * with the one before it.
 */
export async function readSnippets(): Promise<readonly Snippet[]> {
  const folder = fileURLToPath(new URL("../../../docs/sdk/", import.meta.url));
  const pages = (await readdir(folder)).filter((file) => file.endsWith(".md"));
  const all = await Promise.all(
    pages.map(async (page) => toModules(page, await readFile(`${folder}${page}`, "utf8"))),
  );
  return all.flat();
}

function toModules(page: string, text: string): readonly Snippet[] {
  const modules: string[] = [];
  for (const [, code = ""] of text.matchAll(/^```(?:js|ts)\n([\s\S]*?)^```$/gm)) {
    if (code.startsWith("import ") || modules.length === 0) modules.push(code);
    else modules.push(`${modules.pop() ?? ""}\n${code}`);
  }
  return modules.map((code, index) => ({ name: `${page.replace(/\.md$/, "")}-${index + 1}`, code }));
}
