import { expect, it } from "vitest";
import { createDiskRoom } from "./disk-room.ts";

it("a disk has room while twice what waits is free, looked at four times a second", () => {
  let freeBytes = 1000;
  let uptimeMs = 0;
  let looks = 0;
  const hasRoom = createDiskRoom(
    () => {
      looks += 1;
      return freeBytes;
    },
    () => uptimeMs,
  );
  expect([hasRoom(0), hasRoom(500), hasRoom(501)]).toEqual([true, true, false]);
  freeBytes = 100;
  expect(hasRoom(500)).toBe(true);
  uptimeMs += 250;
  expect([hasRoom(500), hasRoom(50)]).toEqual([false, true]);
  expect(looks).toBe(2);
});

it("a full disk with nothing waiting is for the write itself to find", () => {
  expect(createDiskRoom(() => 0)(0)).toBe(true);
});
