import { mkdirSync, rmSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { encodeLogs } from "../decode/otlp-signals.fixture.ts";
import { createLogIngest } from "./ingest-logs.ts";
import { openRefusableSpool } from "./signals.fixture.ts";

describe("a request that is sent again while the first is on its way to the disk", () => {
  it("fails with it, and is taken when it comes once more", async () => {
    const { store, directory, spool } = await openRefusableSpool();
    const logs = createLogIngest({ spool, now: Date.now });
    const bytes = encodeLogs([{ body: "once" }]);
    const send = (): Promise<string> =>
      logs.accept({ project: "default", bytes }).then(
        ({ isDuplicate }) => (isDuplicate ? "duplicate" : "taken"),
        () => "failed",
      );

    rmSync(directory, { recursive: true });
    const first = send();
    await nextTurn();
    const second = send();
    expect(await Promise.all([first, second])).toEqual(["failed", "failed"]);
    mkdirSync(directory);
    await logs.settle();
    expect(await send()).toBe("taken");
    expect(await send()).toBe("duplicate");
    await spool.close(10_000);
    expect(await store.query({ sql: "SELECT body FROM logs" })).toEqual([{ body: "once" }]);
    await store.close();
    rmSync(directory, { recursive: true });
  });
});
