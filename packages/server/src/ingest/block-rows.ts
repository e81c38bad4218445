import type { DictionaryColumn } from "../columns/dictionary-column.ts";
import type { NamedColumn } from "../columns/named-columns.ts";
import type { BlockTable } from "./group-commit.ts";

/** The columns of a table that has a project. */
interface ProjectColumns {
  readonly project: DictionaryColumn;
  readonly list: readonly NamedColumn[];
}

/** The rows of one table, gathered request by request; whoever appends a row to the columns counts it. */
export class BlockRows<Columns extends ProjectColumns> {
  readonly columns: Columns;
  count = 0;
  /** The number of the request's project in its column. */
  project = 0;
  private readonly table: string;
  private marked = 0;

  constructor(table: string, columns: Columns) {
    this.table = table;
    this.columns = columns;
  }

  /** Rows since `begin`. */
  get added(): number {
    return this.count - this.marked;
  }

  /** Starts a request; `rollback` takes back all that follows. */
  begin(project: string): void {
    for (const { column } of this.columns.list) column.mark();
    this.marked = this.count;
    this.project = this.columns.project.dictionary.internText(project);
  }

  rollback(): void {
    for (const { column } of this.columns.list) column.rollback();
    this.count = this.marked;
  }

  clear(): void {
    for (const { column } of this.columns.list) column.clear();
    this.count = 0;
  }

  toTable(): BlockTable {
    return { table: this.table, rows: this.count, columns: this.columns.list };
  }
}
