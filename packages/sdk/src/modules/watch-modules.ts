import module from "node:module";
import { currentRuntime } from "../runtime.ts";
import { fieldsOf } from "../sources/read-value.ts";
import { watchedModules } from "./watched-modules.ts";

/** Where a watched ES module hands over the class it declares. */
const handOver = Symbol.for("@spanlight/sdk.hand_over");
const holder = globalThis as { [handOver]?: (source: string, declared: unknown) => void };

/** Watches modules as they are loaded, once per process. A module that cannot be watched loads as it would have. */
export function watchModules(): void {
  if (holder[handOver] !== undefined) return;
  holder[handOver] = watchClass;
  guard("commonjs", watchCommonJs);
  guard("esm", watchEsModules);
}

function watchClass(source: string, declared: unknown): void {
  if (typeof declared !== "function") return;
  guard(source, () => {
    const prototype: unknown = declared.prototype;
    watchedModules.find((candidate) => candidate.source === source)?.watch(prototype);
  });
}

function guard(where: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    currentRuntime()?.onFailure(error, where);
  }
}

type Load = (this: unknown, request: string, ...rest: readonly unknown[]) => unknown;

/** Node's loader of CommonJS modules: undocumented, but what every instrumentation stands on. */
function watchCommonJs(): void {
  const loader = module as unknown as { _load: Load };
  const original = loader._load;
  loader._load = function load(request, ...rest) {
    const exported = original.call(this, request, ...rest);
    for (const { source, request: pattern, classNames } of watchedModules) {
      if (pattern.test(request)) watchClass(source, exportedClass(exported, classNames));
    }
    return exported;
  };
}

/** The first of these that is exported; what is exported may be a function that carries the exports. */
function exportedClass(exported: unknown, classNames: readonly string[]): unknown {
  const read = (name: string): unknown =>
    typeof exported === "function" ? (Reflect.get(exported, name) as unknown) : fieldsOf(exported)[name];
  return classNames.map(read).find((value) => value !== undefined);
}

interface Loaded {
  readonly format?: string;
  readonly source?: string | ArrayBuffer | Uint8Array | null;
}

type NextLoad = (url: string, context: unknown) => Loaded;
type RegisterHooks = (hooks: { load: (url: string, context: unknown, next: NextLoad) => Loaded }) => void;

function watchEsModules(): void {
  const { registerHooks } = module as unknown as { registerHooks?: RegisterHooks };
  if (registerHooks !== undefined) {
    registerHooks({ load: (url, context, next) => append(url, next(url, context)) });
    return;
  }
  // Before Node 22.15 hooks live in a thread of their own, which takes its code from a URL.
  module.register(`data:text/javascript,${encodeURIComponent(threadSource())}`);
}

/** The module with one line more, that hands its class over. */
function append(url: string, loaded: Loaded): Loaded {
  if (loaded.format !== "module" || loaded.source === undefined || loaded.source === null) return loaded;
  const watched = watchedModules.filter(({ file }) => file.test(url));
  if (watched.length === 0) return loaded;
  const text =
    typeof loaded.source === "string" ? loaded.source : Buffer.from(toBytes(loaded.source)).toString();
  const lines = watched.flatMap(({ source, classNames }) => {
    const declared = classNames.find((name) => declares(name).test(text));
    return declared === undefined ? [] : handOverLine(source, declared);
  });
  return lines.length === 0 ? loaded : { ...loaded, source: [text, ...lines].join("\n") };
}

function toBytes(source: ArrayBuffer | Uint8Array): Uint8Array {
  return source instanceof Uint8Array ? source : new Uint8Array(source);
}

function declares(className: string): RegExp {
  return new RegExp(`\\bclass ${className}\\b|\\b${className} = class\\b`);
}

function handOverLine(source: string, className: string): string {
  return `;globalThis[Symbol.for("@spanlight/sdk.hand_over")]?.(${JSON.stringify(source)}, ${className});`;
}

function threadSource(): string {
  const modules = watchedModules.flatMap(({ source, file, classNames }) =>
    classNames.map((name) => ({
      source,
      file: file.source,
      declares: declares(name).source,
      line: handOverLine(source, name),
    })),
  );
  return `
const modules = ${JSON.stringify(modules)}.map((entry) => ({ ...entry, file: new RegExp(entry.file), declares: new RegExp(entry.declares) }));
export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  const found = modules.filter(({ file }) => file.test(url));
  if (found.length === 0 || loaded.format !== "module" || loaded.source == null) return loaded;
  const text = typeof loaded.source === "string" ? loaded.source : Buffer.from(loaded.source).toString();
  const declared = found.filter(({ declares }) => declares.test(text));
  const lines = declared.filter(({ source }, index) => declared.findIndex((other) => other.source === source) === index);
  if (lines.length === 0) return loaded;
  return { ...loaded, source: [text, ...lines.map(({ line }) => line)].join("\\n") };
}
`;
}
