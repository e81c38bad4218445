import type { Column } from "./column.ts";

export interface NamedColumn {
  readonly name: string;
  readonly column: Column;
}

/** The columns that an object holds, in the order of its members; names are the members' names in snake case. */
export function nameColumns(columns: object): NamedColumn[] {
  return Object.entries(columns).map(([member, column]) => ({
    name: member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    column: column as Column, // every member of such a class is a column; `list` itself is not set yet
  }));
}
