import type { ReadStream } from "node:tty";
import { faultNames, type Faults } from "../faults.ts";

/**
 * Switches faults by the keys 1 to 6 while the terminal is ours; 0 ends all, q or Ctrl-C ends the demo.
 * Does nothing where the input is no terminal. Returns the function that gives the terminal back.
 */
export function listenToKeys(input: ReadStream, faults: Faults, onEnd: () => void): () => void {
  if (!input.isTTY) return () => undefined;
  const onData = (bytes: Buffer): void => {
    for (const key of bytes.toString("utf8")) pressKey(key, faults, onEnd);
  };
  input.setRawMode(true);
  input.resume();
  input.on("data", onData);
  return () => {
    input.off("data", onData);
    input.setRawMode(false);
    input.pause();
  };
}

const controlC = "\u0003";

function pressKey(key: string, faults: Faults, onEnd: () => void): void {
  if (key === "q" || key === controlC) return onEnd();
  if (key === "0") return faultNames.forEach((name) => faults.set(name, false));
  const name = faultNames[Number(key) - 1];
  if (name !== undefined) faults.set(name, !faults.isOn(name));
}
