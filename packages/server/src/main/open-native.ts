import { join } from "node:path";
import type { Settings } from "../config/config.ts";
import { findScore } from "../query/find-score.ts";
import { findTraceIds } from "../query/find-trace-ids.ts";
import { NativeIntake } from "../receive/native/native-intake.ts";
import type { Log } from "../spool/inserter.ts";
import type { Engine } from "../store/engine.ts";
import type { Intake } from "./intake.ts";

/** Opens the way of what other products' SDKs send by their own routes; its journal lies beside the spool. */
export function openNative(
  settings: Settings,
  { engine, intake, log }: { engine: Engine; intake: Intake; log: Log },
): Promise<NativeIntake> {
  return NativeIntake.open({
    directory: join(settings.data, "native"),
    signals: intake.signals,
    findTraceIds: (project, spanIds) => findTraceIds(engine, { project, spanIds }),
    async findScore(project, id) {
      const given = await findScore(engine, { project, id });
      return given === undefined
        ? undefined
        : { ...given, value: given.value ?? undefined, timeMs: Date.now() };
    },
    log,
    now: Date.now,
  });
}
