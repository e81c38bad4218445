// What a reader of the documentation trips over: tables that are none, links that lead nowhere.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const skipped = new Set(["node_modules", "dist", ".git", ".cache", "testdata"]);

function listPages(directory: string): string[] {
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : listPages(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

/** Lines outside of fenced code. */
function readLines(page: string): string[] {
  return readFileSync(join(root, page), "utf8")
    .replaceAll(/^```[\s\S]*?^```$/gm, "")
    .split("\n");
}

function toAnchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, "")
    .trim()
    .replaceAll(" ", "-");
}

function listAnchors(page: string): string[] {
  return readLines(page)
    .filter((line) => /^#+ /.test(line))
    .map((line) => toAnchor(line.replace(/^#+ /, "")));
}

describe.each(listPages("."))("%s", (page) => {
  const lines = readLines(page);

  it("has no rows of a table without its head", () => {
    const orphans = lines.filter((line, i) => {
      const isFirst = line.startsWith("|") && lines[i - 1]?.startsWith("|") !== true;
      return isFirst && !/^\|[\s:|-]+\|$/.test(lines[i + 1] ?? "");
    });
    expect(orphans).toEqual([]);
  });

  it("links to files and headings that exist", () => {
    const links = [...lines.join("\n").matchAll(/\]\(([^)#\s]*)(?:#([^)\s]*))?\)/g)];
    const dead = links
      .map(([, path = "", anchor]) => ({ path, anchor }))
      .filter(({ path, anchor }) => {
        if (/^[a-z]+:/.test(path)) return false;
        const target = path === "" ? page : join(dirname(page), path);
        if (!existsSync(join(root, target))) return true;
        return anchor !== undefined && target.endsWith(".md") && !listAnchors(target).includes(anchor);
      });
    expect(dead).toEqual([]);
  });
});
