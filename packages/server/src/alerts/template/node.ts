/** A template: text and actions in turn. */
export type Node = TextNode | ActionNode | IfNode | RangeNode | WithNode | TemplateCallNode | JumpNode;

export interface TextNode {
  readonly kind: "text";
  readonly text: string;
}

export interface ActionNode {
  readonly kind: "action";
  readonly line: number;
  readonly pipeline: Pipeline;
}

interface BlockNode {
  readonly line: number;
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}
export interface IfNode extends BlockNode {
  readonly kind: "if";
}
export interface RangeNode extends BlockNode {
  readonly kind: "range";
}
export interface WithNode extends BlockNode {
  readonly kind: "with";
}

/** `{{ template "name" pipeline }}` */
export interface TemplateCallNode {
  readonly kind: "template";
  readonly line: number;
  readonly name: string;
  readonly pipeline: Pipeline | null;
}

export interface JumpNode {
  readonly kind: "break" | "continue";
}

/** `$a, $b := command | command`. */
export interface Pipeline {
  readonly variables: readonly string[];
  readonly isAssignment: boolean;
  readonly commands: readonly Command[];
}

/** A function, method or value with its arguments. */
export type Command = readonly Operand[];

export type Operand =
  | { readonly kind: "literal"; readonly value: string | number | bigint | boolean | null }
  | { readonly kind: "dot" }
  | { readonly kind: "field"; readonly path: readonly string[] }
  | { readonly kind: "variable"; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "pipeline"; readonly pipeline: Pipeline; readonly path: readonly string[] };

/** A parsed template with the templates it defines. */
export interface Template {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly defined: ReadonlyMap<string, readonly Node[]>;
}
