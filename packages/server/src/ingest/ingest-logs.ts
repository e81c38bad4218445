import { walkLogs } from "../decode/walk-logs.ts";
import type { Spool } from "../spool/spool.ts";
import { fingerprintBytes } from "./fingerprint.ts";
import { GroupCommit, type SignalIngest } from "./group-commit.ts";
import { LogBlock } from "./log-block.ts";

/** Creates the way of an ExportLogsServiceRequest to the spool. `now` gives Unix milliseconds. */
export function createLogIngest(options: { spool: Spool; now: () => number }): SignalIngest {
  const commit = new GroupCommit({
    spool: options.spool,
    signal: "logs",
    createBlock: () => new LogBlock(options.now),
  });
  return {
    accept: ({ project, keyId, bytes }) =>
      commit.accept({
        project,
        keyId,
        sizeBytes: bytes.length,
        append(block) {
          walkLogs(bytes, block);
          return block.end();
        },
        fingerprint: () => `logs.${fingerprintBytes(bytes)}`,
      }),
    settle: () => commit.settle(),
  };
}
