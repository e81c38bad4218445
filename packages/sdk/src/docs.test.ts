import { spawn } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startHttpProvider, type HttpProvider } from "../testing/http-provider.ts";
import { startOtlpReceiver, type OtlpReceiver } from "../testing/otlp-receiver.ts";
import { readSnippets, type Snippet } from "../testing/snippets.ts";

let provider: HttpProvider;
let receiver: OtlpReceiver;
let directory: string;
let snippets: readonly Snippet[];
beforeAll(async () => {
  provider = await startHttpProvider();
  receiver = await startOtlpReceiver();
  directory = await mkdtemp(join(tmpdir(), "spanlight-docs-"));
  snippets = await readSnippets();
  const packages = fileURLToPath(new URL("../../../node_modules", import.meta.url));
  await symlink(packages, join(directory, "node_modules"));
});
afterAll(async () => {
  await provider.close();
  await receiver.close();
  await rm(directory, { recursive: true });
});

test("every snippet of docs/sdk runs as it stands", async () => {
  expect(snippets.length).toBeGreaterThan(10);
  await Promise.all(snippets.map(({ name, code }) => writeFile(join(directory, `${name}.mjs`), code)));
  const runner = fileURLToPath(new URL("../testing/apps/run-snippets.mjs", import.meta.url));
  const output = await run(["--conditions=@spanlight/source", "--import", "tsx", runner, directory]);
  const outcomes = JSON.parse(/^OUTCOMES (.*)$/m.exec(output)?.[1] ?? "{}") as Record<string, string>;
  expect(outcomes, output).toEqual(Object.fromEntries(snippets.map(({ name }) => [`${name}.mjs`, "ok"])));
  expect(output).toContain("Map(1) { 'gpt-4o-mini-2024-07-18' => 160 }");
  expect(receiver.requests.map(({ path }) => path)).toContain("/api/public/otel/v1/traces");
  expect(receiver.logs().map(({ attributes }) => attributes["gen_ai.evaluation.name"])).toEqual([
    "not_empty",
    "helpfulness",
    "user_feedback",
  ]);
});

test("every snippet of docs/sdk passes the type checker", async () => {
  // The page on the AI SDK shows two majors, and only one is installed under that name.
  const checked = snippets.filter(({ name }) => !name.startsWith("ai-sdk"));
  const options = {
    module: "nodenext",
    target: "es2023",
    strict: true,
    noImplicitAny: false,
    strictNullChecks: false,
    noEmit: true,
    skipLibCheck: true,
    types: ["node"],
    customConditions: ["@spanlight/source"],
    allowImportingTsExtensions: true,
    preserveSymlinks: false,
  };
  await Promise.all(checked.map(({ name, code }) => writeFile(join(directory, `${name}.mts`), code)));
  await writeFile(
    join(directory, "tsconfig.json"),
    JSON.stringify({ compilerOptions: options, include: ["*.mts"] }),
  );
  // What run-snippets.mjs gives the pages.
  const names = ["model", "prompt", "tools", "chain", "question"];
  const given = `declare global { ${names.map((name) => `const ${name}: any;`).join(" ")} }\nexport {};\n`;
  await writeFile(join(directory, "given.d.mts"), given);
  const tsc = fileURLToPath(new URL("../../../node_modules/.bin/tsc", import.meta.url));
  // Faults of the sources are found where these are checked.
  const faults = (await run([tsc, "-p", directory, "--pretty", "false"])).split("\n");
  expect(faults.filter((line) => line.includes(".mts("))).toEqual([]);
});

test("an observer of one's own takes less than thirty lines", () => {
  const page = snippets.find(({ name }) => name === "custom-observer-1")?.code ?? "";
  const observer = /^function observeSpending[\s\S]*?^\}$/m.exec(page)?.[0] ?? "";
  expect(observer.split("\n").length).toBeGreaterThan(10);
  expect(page.trim().split("\n").length).toBeLessThanOrEqual(30);
});

function run(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, args, {
    env: {
      PATH: process.env["PATH"],
      OPENAI_BASE_URL: provider.baseUrl,
      OPENAI_API_KEY: "sk-test",
      ANTHROPIC_API_KEY: "sk-ant-test",
      GEMINI_API_KEY: "g-test",
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      LANGFUSE_PUBLIC_KEY: "pk",
      LANGFUSE_SECRET_KEY: "sk",
      LANGFUSE_BASE_URL: receiver.url,
      HONEYCOMB_API_KEY: "hc",
      HONEYCOMB_API_ENDPOINT: receiver.url,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => {
      output += data.toString();
    });
  return new Promise((resolve) => child.on("close", () => resolve(output)));
}
