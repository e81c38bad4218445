import { fieldsOf, listOf, textOf, type Fields } from "../read-value.ts";

const steps = /\.([^.[\]]+)|\[(\d+)\]|\['([^']*)'\]/g;
const maxIndex = 10_000;

type Tree = Record<string, unknown> | unknown[];

/** A function call whose arguments come piece by piece, each with the JSON path it belongs to. */
export class GrowingCall {
  readonly id: string | undefined;
  readonly name: string;
  #args: Record<string, unknown>;

  constructor(call: Fields) {
    this.id = textOf(call["id"]);
    this.name = textOf(call["name"]) ?? "";
    this.#args = { ...fieldsOf(call["args"]) };
    this.add(call);
  }

  add(call: Fields): void {
    if ("args" in call) this.#args = { ...this.#args, ...fieldsOf(call["args"]) };
    for (const piece of listOf(call["partialArgs"]).map(fieldsOf)) this.#addPiece(piece);
  }

  get args(): Record<string, unknown> {
    return this.#args;
  }

  #addPiece(piece: Fields): void {
    const path = [...(textOf(piece["jsonPath"]) ?? "").matchAll(steps)].map(
      ([, name, index, quoted]) => name ?? quoted ?? Number(index),
    );
    const last = path.pop();
    if (last === undefined || path.some((step) => typeof step === "number" && step > maxIndex)) return;
    let tree: Tree = this.#args;
    for (const [position, step] of path.entries()) {
      const next = path[position + 1] ?? last;
      tree = childOf(tree, step, typeof next === "number");
    }
    const value = valueOf(piece);
    const known = read(tree, last);
    write(tree, last, typeof known === "string" && typeof value === "string" ? known + value : value);
  }
}

function childOf(tree: Tree, step: string | number, isList: boolean): Tree {
  const known = read(tree, step);
  if (typeof known === "object" && known !== null) return known as Tree;
  const made: Tree = isList ? [] : {};
  write(tree, step, made);
  return made;
}

function read(tree: Tree, step: string | number): unknown {
  if (Array.isArray(tree)) return typeof step === "number" ? tree[step] : undefined;
  return Object.hasOwn(tree, step) ? tree[step] : undefined;
}

function write(tree: Tree, step: string | number, value: unknown): void {
  if (Array.isArray(tree)) {
    if (typeof step === "number") tree[step] = value;
    return;
  }
  Object.defineProperty(tree, step, { value, writable: true, enumerable: true, configurable: true });
}

function valueOf(piece: Fields): unknown {
  return piece["stringValue"] ?? piece["numberValue"] ?? piece["boolValue"] ?? null;
}
