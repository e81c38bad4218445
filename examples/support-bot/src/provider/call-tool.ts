import { lastUserText, turnsSinceUser, type JsonSchema, type OfferedTool, type Prompt } from "./prompt.ts";
import { listStems } from "./words.ts";

/** The next tool worth calling and its arguments; undefined when the answer can be given without one. */
export function chooseTool(prompt: Prompt): { name: string; arguments: string } | undefined {
  if (prompt.toolChoice === "none") return undefined;
  const called = new Set(turnsSinceUser(prompt).flatMap((turn) => turn.calledTools));
  const forced = prompt.tools.find((tool) => tool.name === prompt.toolChoice);
  const candidates = forced ? [forced] : prompt.tools.filter((tool) => isAbout(tool, lastUserText(prompt)));
  for (const tool of candidates) {
    if (called.has(tool.name)) continue;
    const values = fillObject(tool.parameters, prompt);
    if (values !== undefined) return { name: tool.name, arguments: JSON.stringify(values) };
  }
  if (prompt.toolChoice !== "required" || called.size > 0) return undefined;
  const [first] = prompt.tools;
  return first && { name: first.name, arguments: JSON.stringify(fillObject(first.parameters, prompt) ?? {}) };
}

/** A tool is worth a call when the user speaks of what its name or at least two words of its description name. */
function isAbout(tool: OfferedTool, text: string): boolean {
  const said = new Set(listStems(text));
  const named = listStems(tool.name.replaceAll("_", " ")).filter((stem) => !verbs.has(stem));
  if (named.some((stem) => said.has(stem) || said.has(stem.replace(/s$/, "")))) return true;
  return new Set(listStems(tool.description).filter((stem) => said.has(stem))).size >= 2;
}

const verbs = new Set(["lookup", "find", "search", "create", "list", "read", "run", "check", "update"]);

/** Values for every required property, or undefined when the conversation does not hold one of them. */
export function fillObject(schema: JsonSchema, prompt: Prompt): Record<string, unknown> | undefined {
  const values: Record<string, unknown> = {};
  const required = new Set(schema.required ?? Object.keys(schema.properties ?? {}));
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const value = fillProperty(name, property, prompt);
    if (value !== undefined) values[name] = value;
    else if (required.has(name)) return undefined;
  }
  return values;
}

function fillProperty(name: string, schema: JsonSchema, prompt: Prompt): unknown {
  const text = lastUserText(prompt);
  if (schema.enum !== undefined) return chooseValue(schema.enum, text);
  switch (schema.type) {
    case "number":
    case "integer":
      return findNumber(name, prompt);
    case "boolean":
      return listStems(schema.description ?? name).some((stem) => listStems(text).includes(stem));
    case "array":
      return [fillProperty(name, schema.items ?? { type: "string" }, prompt)].filter((v) => v !== undefined);
    case "object":
      return fillObject(schema, prompt);
    default:
      return name.endsWith("_id") || name === "id" ? findIdentifier(text) : oneLine(text);
  }
}

function chooseValue(values: readonly unknown[], text: string): unknown {
  const said = listStems(text);
  const shares = (value: unknown): boolean =>
    listStems(String(value).replaceAll("_", " ")).some((stem) => said.includes(stem));
  return values.find(shares) ?? values.at(-1);
}

/** An order number, ticket number or the like: letters, a dash, digits. */
function findIdentifier(text: string): string | undefined {
  return /\b[A-Z]{1,4}-\d{3,8}\b/.exec(text)?.[0];
}

/** A number of that name in a tool's result; an amount is also what a total says. */
function findNumber(name: string, prompt: Prompt): number | undefined {
  const results = turnsSinceUser(prompt).filter((turn) => turn.role === "tool");
  const wanted = name.includes("amount") ? "(?:total|amount)[a-z_]*" : name;
  for (const { text } of results.toReversed()) {
    const found = new RegExp(`"${wanted}"\\s*:\\s*(-?\\d+(?:\\.\\d+)?)`, "i").exec(text)?.[1];
    if (found !== undefined) return Number(found);
  }
  return undefined;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 160);
}
