import type { DictionaryColumn } from "../columns/dictionary-column.ts";
import type { EnvelopeVisitor } from "../decode/walk-envelope.ts";
import { readResource, readScopeWords } from "./resource.ts";

/** Columns for what a resource and a scope say. */
interface EnvelopeColumns {
  readonly service: DictionaryColumn;
  readonly environment: DictionaryColumn;
  readonly release: DictionaryColumn;
  readonly resource: DictionaryColumn;
  readonly scopeName: DictionaryColumn;
  readonly scopeVersion: DictionaryColumn;
}

/** What the resource and the scope around an item say, as the numbers of the words in their columns. */
export class EnvelopeWords implements EnvelopeVisitor {
  environment = 0;
  release = 0;
  private service = 0;
  private json = 0;
  private scopeName = 0;
  private scopeVersion = 0;
  private readonly columns: EnvelopeColumns;

  constructor(columns: EnvelopeColumns) {
    this.columns = columns;
  }

  resource(bytes: Buffer, start: number, end: number): void {
    const { columns } = this;
    const words = readResource(bytes, start, end);
    this.service = columns.service.internWord(words.service);
    this.environment = columns.environment.internWord(words.environment);
    this.release = columns.release.internWord(words.release);
    this.json = columns.resource.internWord(words.json);
  }

  scope(bytes: Buffer, start: number, end: number): void {
    const words = readScopeWords(bytes, start, end);
    this.scopeName = this.columns.scopeName.internWord(words.name);
    this.scopeVersion = this.columns.scopeVersion.internWord(words.version);
  }

  /** Appends what an item cannot say otherwise: all but environment and release. */
  append(): void {
    const { columns } = this;
    columns.service.append(this.service);
    columns.scopeName.append(this.scopeName);
    columns.scopeVersion.append(this.scopeVersion);
    columns.resource.append(this.json);
  }
}
