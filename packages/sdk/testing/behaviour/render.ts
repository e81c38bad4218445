import type { Cell } from "./matrix.ts";

/** One table: a column a library, a row a feature. */
export interface MatrixTable {
  readonly title: string;
  readonly columns: readonly (readonly [name: string, cells: ReadonlyMap<string, Cell>])[];
}

const preamble = `# What each client does

Made by the tests: each cell is shown by the real library against a provider that gives recorded or equal answers
(\`npx vitest run packages/sdk/src/sources/behaviour.test.ts\`; with \`SPANLIGHT_UPDATE_DOCS=true\` the run writes this page).

\`–\`: the library or its provider has no such thing. Versions: [README.md](README.md).
`;

/** The page of the matrix. */
export function renderMatrix(tables: readonly MatrixTable[]): string {
  return `${[preamble, ...tables.map(renderTable)].join("\n")}`;
}

function renderTable({ title, columns }: MatrixTable): string {
  const features = [...new Set(columns.flatMap(([, cells]) => [...cells.keys()]))];
  const rows = [
    ["", ...columns.map(([name]) => name)],
    ...features.map((feature) => [feature, ...columns.map(([, cells]) => cells.get(feature) ?? "–")]),
  ];
  const widths =
    rows[0]?.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [`## ${title}`, "", line(head), rule, ...body.map(line), ""].join("\n");
}
