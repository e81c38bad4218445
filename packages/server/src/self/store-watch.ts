import type { StoreOperationTimes } from "@spanlight/contract";
import type { Engine } from "../store/engine.ts";
import { StoreError } from "../store/errors.ts";
import { Durations, summarise } from "./durations.ts";

export const storeOperations = ["read", "insert", "command", "maintain"] as const;
export type StoreOperation = (typeof storeOperations)[number];

/** The outcome of what succeeded; of what failed it is the failure's code. */
export const succeeded = "ok";
/** The outcome of what failed by something else than the store, as whoever read the answer. */
const failedElsewhere = "other";

/** How long operations of the store take from the call to their outcome, waiting for their turn included. */
export class StoreWatch {
  readonly byOperation: Readonly<Record<StoreOperation, Map<string, Durations>>> = {
    read: new Map(),
    insert: new Map(),
    command: new Map(),
    maintain: new Map(),
  };

  /** When a read last succeeded, on the clock of `performance.now()`; before the first it is the start. */
  lastReadAtMs: number = performance.now();

  /** The same engine, with every operation counted. */
  watch(engine: Engine): Engine {
    return {
      ...engine,
      query: <Row>(query: Parameters<Engine["query"]>[0]) =>
        this.time("read", () => engine.query<Row>(query)),
      queryNative: (query, onBytes) => this.time("read", () => engine.queryNative(query, onBytes)),
      listBlocks: (table, fromBlock) => this.time("read", () => engine.listBlocks(table, fromBlock)),
      command: (sql, parameters, signal) =>
        this.time("command", () => engine.command(sql, parameters, signal)),
      maintain: (sql) => this.time("maintain", () => engine.maintain(sql)),
      insertBlock: (block, signal) => this.time("insert", () => engine.insertBlock(block, signal)),
    };
  }

  /** The operations of the last minutes. */
  report(): StoreOperationTimes[] {
    const now = performance.now();
    return storeOperations.map((operation) => {
      const outcomes = [...this.byOperation[operation]];
      const failures = outcomes
        .filter(([outcome]) => outcome !== succeeded)
        .map(([code, durations]): [string, number] => [code, durations.countRecent(now)])
        .filter(([, count]) => count > 0);
      return {
        operation,
        ...summarise(
          outcomes.map(([, durations]) => durations),
          now,
        ),
        failures: Object.fromEntries(failures),
      };
    });
  }

  private async time<Result>(operation: StoreOperation, work: () => Promise<Result>): Promise<Result> {
    const startedAt = performance.now();
    let outcome = succeeded;
    try {
      return await work();
    } catch (error) {
      outcome = error instanceof StoreError ? error.code : failedElsewhere;
      throw error;
    } finally {
      const now = performance.now();
      if (operation === "read" && outcome === succeeded) this.lastReadAtMs = now;
      this.open(operation, outcome).record(now - startedAt, now);
    }
  }

  private open(operation: StoreOperation, outcome: string): Durations {
    const byOutcome = this.byOperation[operation];
    const known = byOutcome.get(outcome) ?? new Durations();
    byOutcome.set(outcome, known);
    return known;
  }
}
