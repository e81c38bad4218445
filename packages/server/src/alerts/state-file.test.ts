import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { savedStateSchema } from "./engine/saved-state.ts";
import { createStateFile, StateFileError } from "./state-file.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-state-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

it("a state that was never saved is null, a saved one comes back, nothing else is left behind", async () => {
  const file = createStateFile(join(directory, "alerts.json"), savedStateSchema);
  expect(await file.load()).toBeNull();
  await file.save({ version: 1, rules: [] });
  await file.save({ version: 1, rules: [] });
  expect(await file.load()).toEqual({ version: 1, rules: [] });
  expect(readdirSync(directory)).toEqual(["alerts.json"]);
});

it("a state that is to be there at once is, before it is synced", async () => {
  const path = join(directory, "notify.json");
  const file = createStateFile(path, savedStateSchema, { isAtOnce: true });
  const saving = file.save({ version: 1, rules: [] });
  expect(await createStateFile(path, savedStateSchema, { isAtOnce: true }).load()).toEqual({
    version: 1,
    rules: [],
  });
  await saving;
  writeFileSync(`${path}.latest`, '{"vers'); // as a power cut leaves it
  expect(await file.load()).toEqual({ version: 1, rules: [] });
});

it.each(["{", "{}", '{"version":2,"rules":[]}'])(
  "a damaged state is named, not taken for none: %s",
  async (text) => {
    const path = join(directory, "alerts.json");
    writeFileSync(path, text);
    await expect(createStateFile(path, savedStateSchema).load()).rejects.toThrow(StateFileError);
  },
);
