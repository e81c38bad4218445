import type { Scope } from "./key.ts";

/**
 * What a request needs. `open`: nothing, on purpose. `page`: part of the pages, which hold no data; whatever has no rule is one,
 * and without a key it reaches nothing but the pages. `metrics`: the read scope of the default project. `operator`: the token of
 * the data directory.
 */
export type Need =
  | { readonly kind: "open" | "page" | "metrics" | "operator" }
  | { readonly kind: "scope"; readonly anyOf: readonly Scope[] };

interface Rule {
  /** `*` = any. */
  readonly methods: "*" | readonly string[];
  readonly path: RegExp;
  readonly need: Need;
}

const reading = ["GET", "HEAD", "OPTIONS"];
const writing = ["POST", "PUT", "PATCH", "DELETE"];
const ingest: Need = { kind: "scope", anyOf: ["ingest"] };
const read: Need = { kind: "scope", anyOf: ["read"] };
const admin: Need = { kind: "scope", anyOf: ["admin"] };
/** What other products' SDKs ask before they send. */
const ingestOrRead: Need = { kind: "scope", anyOf: ["ingest", "read"] };
const open: Need = { kind: "open" };

/** The first rule that fits decides. */
const rules: readonly Rule[] = [
  { methods: "*", path: /^\/(healthz|readyz|login|logout|\.well-known\/health)$/, need: open },
  { methods: "*", path: /^\/metrics$/, need: { kind: "metrics" } },
  { methods: "*", path: /^\/api\/operator(\/|$)/, need: { kind: "operator" } },
  // An upload whose address is its permission (`receive/native/media-tickets.ts`).
  { methods: ["PUT"], path: /^\/api\/public\/media-upload\/[^/]+$/, need: open },
  // Doors that write: OTLP, remote write, and what the SDKs of other products call.
  {
    methods: reading,
    path: /^\/(info|arize_phoenix_version|api\/is-alive|api\/public|api\/v1|v1\/private|v1\/traceloop)(\/|$)/,
    need: ingestOrRead,
  },
  {
    methods: writing,
    path: /^\/(v1|v2|otel|api\/public|api\/v1|runs|feedback|sessions|datasets|attachments)(\/|$)/,
    need: ingest,
  },
  { methods: ["POST"], path: /^\/prometheus\/api\/v1\/write$/, need: ingest },
  { methods: ["POST"], path: /^\/api\/scores$/, need: ingest },
  // Doors that read, some by POST because their questions are long.
  { methods: ["POST"], path: /^\/api\/alerts\/(backtest|check)$/, need: read },
  { methods: "*", path: /^\/(prometheus|jaeger|mcp)(\/|$)/, need: read },
  { methods: "*", path: /^\/api\/(keys|projects|audit)(\/|$)/, need: admin },
  { methods: reading, path: /^\/api(\/|$)/, need: read },
  { methods: "*", path: /^\/api(\/|$)/, need: admin },
  { methods: reading, path: /^\//, need: { kind: "page" } },
];

/** What a request to this path needs. `path` is what the router walks by: no dots, nothing escaped that it unescapes. */
export function findNeed(method: string, path: string): Need {
  for (const rule of rules) {
    if (rule.path.test(path) && (rule.methods === "*" || rule.methods.includes(method))) return rule.need;
  }
  return admin;
}
