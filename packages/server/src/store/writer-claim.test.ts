import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Engine } from "./engine.ts";
import { createTestStore } from "./store.fixture.ts";
import { claimWriter, type WriterClaim, type WriterClaimOptions } from "./writer-claim.ts";

let engine: Engine;
beforeEach(async () => {
  engine = await createTestStore();
});
afterEach(() => engine.close());

const claim = (instance: string, options: Partial<WriterClaimOptions> = {}): Promise<WriterClaim> =>
  claimWriter({
    engine,
    writer: 0,
    instance,
    host: `host of ${instance}`,
    staleMs: 600_000,
    waitMs: 0,
    settleMs: 0,
    ...options,
  });

describe("a number that a server holds", () => {
  it("is refused to another one, by the name of its host, and no other number is", async () => {
    await claim("a");
    await expect(claim("b")).rejects.toMatchObject({
      code: "writer_taken",
      message: expect.stringMatching(/host of a.*SPANLIGHT_WRITER=0.*a number of its own/),
    });
    await claim("b", { writer: 1 });
  });

  it("is held again by whoever starts on the same data directory, after a stop and after a kill", async () => {
    const first = await claim("a");
    const again = await claim("a");
    await again.renew();
    expect(again.isLost()).toBe(false);
    await first.release();
    await claim("a");
  });

  it("is free once it is let go of, or was not renewed for a while", async () => {
    const first = await claim("a");
    await first.release();
    const second = await claim("b");
    await second.renew();
    expect(second.isLost()).toBe(false);
    await claim("c", { staleMs: 0 });
  });

  it("is lost to whoever took it meanwhile, and stays theirs", async () => {
    const first = await claim("a");
    const second = await claim("b", { staleMs: 0 });
    await first.renew();
    expect(first.isLost()).toBe(true);
    await first.release();
    await second.renew();
    expect(second.isLost()).toBe(false);
    await second.release();
    await expect(claim("a")).rejects.toMatchObject({
      code: "writer_taken",
      message: expect.stringContaining("taken over by the server on host of b"),
    });
  });

  it("is given to one of those who ask for it at the same moment", async () => {
    const names = ["a", "b", "c", "d"];
    const outcomes = await Promise.allSettled(names.map((name) => claim(name, { settleMs: 200 })));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("is waited for while its holder may be stopping", async () => {
    const first = await claim("a");
    const waited: string[] = [];
    let release = Promise.resolve();
    await claim("b", {
      waitMs: 60_000,
      onWaiting(host) {
        waited.push(host);
        release = first.release();
      },
    });
    await release;
    expect(waited).toEqual(["host of a"]);
  });
});
