// A process of its own that speaks ClickHouse's HTTP interface over the embedded engine: `DIRECTORY` as argument, its port as the first
// line of stdout. What only a real server does is imitated: data in the body, parameters in forms, one statement of an id at a time.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Session } from "chdb";

const [directory = ""] = process.argv.slice(2);
const bodies = mkdtempSync(join(directory, "bodies-"));
const config = join(directory, "config.xml");
// A cluster of one shard, which is this process: Distributed tables read from it without a network.
writeFileSync(
  config,
  `<clickhouse><logger><level>none</level></logger><tcp_port>9000</tcp_port><remote_servers><main><shard><replica>
<host>127.0.0.1</host><port>9000</port></replica></shard></main></remote_servers></clickhouse>`,
);
/** Sessions run one statement at a time: requests take a free one. */
const free = Array.from(
  { length: 4 },
  () => new Session(join(directory, "store"), { connectionArgs: [`--config-file=${config}`] }),
);
const waiting: ((session: Session) => void)[] = [];
const running = new Set<string>();
let count = 0;

/** Parameters of the address that are not settings of the engine. */
const notSettings = new Set([
  "query",
  "query_id",
  "database",
  "default_format",
  "wait_end_of_query",
  "session_id",
]);

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => fail(response, error));
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
process.stdin.on("end", () => process.exit(0)).resume();

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  if (url.pathname === "/ping") return void response.end("Ok.\n");
  const body = await readBody(request);
  const parameters = new Map(url.searchParams);
  const boundary = /boundary=(.*)$/.exec(request.headers["content-type"] ?? "")?.[1];
  let data: Uint8Array | undefined;
  if (boundary !== undefined) readForm(body, boundary, parameters);
  else if (parameters.has("query")) data = body;
  else parameters.set("query", body.toString("utf8"));
  const id = parameters.get("query_id") ?? "";
  if (running.has(id))
    throw new Error(
      `Code: 216. DB::Exception: Query with id = ${id} is already running. (QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING)`,
    );
  running.add(id);
  try {
    const result = await execute(parameters, data);
    response.writeHead(200, { "x-clickhouse-query-id": id }).end(result);
  } finally {
    running.delete(id);
  }
}

async function execute(parameters: Map<string, string>, data: Uint8Array | undefined): Promise<Uint8Array> {
  let sql = withoutKeeper(parameters.get("query") ?? "");
  const settings = [...parameters].filter(([name]) => !notSettings.has(name));
  const file = join(bodies, String((count += 1)));
  if (data !== undefined && sql.includes("input(")) {
    await writeFile(file, data);
    sql = sql.replace(/\binput\(/, `file(${quote(file)}, 'Native', `).replace(/\s+FORMAT Native\s*$/, "");
  }
  const session = free.pop() ?? (await new Promise<Session>((resolve) => waiting.push(resolve)));
  try {
    await session.queryAsync(`USE ${parameters.get("database") ?? "default"}`);
    const set = settings.map(([name, value]) => `${name} = ${quote(value)}`).join(", ");
    const result = await session.queryAsync(`${set === "" ? "" : `SET ${set}; `}${sql}`, {
      format: "TabSeparated",
    });
    return Buffer.from(result.bytes());
  } finally {
    // What SET changes stays with the session.
    const unset = settings
      .filter(([name]) => !name.startsWith("param_"))
      .map(([name]) => `${name} = DEFAULT`);
    if (unset.length > 0) await session.queryAsync(`SET ${unset.join(", ")}`);
    rmSync(file, { force: true });
    const next = waiting.shift();
    if (next === undefined) free.push(session);
    else next(session);
  }
}

/** Replicas and statements for all nodes need Keeper, which the embedded engine does not have: here they are this node's. */
function withoutKeeper(sql: string): string {
  return sql
    .replace(/ ON CLUSTER '\w+'/, "")
    .replace(/\bENGINE = Replicated(\w*MergeTree)\('[^']*', '[^']*'(?:, )?/, "ENGINE = $1(");
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (!request.complete) throw new Error("the body ended early");
  return Buffer.concat(chunks);
}

function readForm(body: Buffer, boundary: string, parameters: Map<string, string>): void {
  for (const part of body.toString("utf8").split(`--${boundary}`)) {
    const match = /name="([^"]+)"[^]*?\r\n\r\n([^]*)\r\n$/.exec(part);
    if (match?.[1] !== undefined) parameters.set(match[1], match[2] ?? "");
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function fail(response: ServerResponse, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  const code = /Code: (\d+)/.exec(text)?.[1] ?? "1000";
  response.writeHead(500, { "x-clickhouse-exception-code": code });
  response.end(text.startsWith("Code:") ? text : `Code: ${code}. DB::Exception: ${text} (ERROR)`);
}
