import { parseArgs } from "node:util";
import { readSettings, type Settings } from "../config/config.ts";
import { countFileDescriptors, defaultMaxConnections } from "../main/connection-limit.ts";
import { startServer, type RunningServer } from "../main/start-server.ts";
import { createLog } from "../self/log.ts";
import type { Log } from "../spool/inserter.ts";
import { readVersion } from "../main/version.ts";

/** Serves until it is told to stop. */
export async function serve(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      host: { type: "string" },
      port: { type: "string" },
      "grpc-port": { type: "string" },
      data: { type: "string" },
      "log-level": { type: "string" },
      "ready-json": { type: "boolean", default: false },
    },
  });
  const { "ready-json": readyJson, "log-level": logLevel, "grpc-port": grpcPort, ...named } = values;
  const flags = Object.fromEntries(
    Object.entries({ ...named, log_level: logLevel, grpc_port: grpcPort }).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    ),
  );
  const settings = readSettings({ environment: process.env, flags });
  const log = createLog(settings.log_level);
  warnOfFewFiles(log);
  const server = await startServer(settings, log);
  const stopped = untilToldToStop(server, log);
  await server.ready;
  announce(server, settings, readyJson);
  await stopped;
}

/** Half of them are for connections: with fewer than these a hundred senders already find doors closed. */
const fewFiles = 1024;

/** The launcher refuses a start with too few. */
function warnOfFewFiles(log: Log): void {
  const descriptors = countFileDescriptors();
  if (descriptors >= fewFiles) return;
  log("warn", "few files may be open at a time: raise the limit (ulimit -n) to 4096", {
    descriptors,
    connectionsPerPort: defaultMaxConnections(),
  });
}

function announce(server: RunningServer, settings: Settings, readyJson: boolean): void {
  const { url, host, port, grpcPort } = server;
  const line = readyJson
    ? JSON.stringify({
        ready: true,
        url,
        host,
        port,
        grpcPort,
        data: settings.data,
        pid: process.pid,
        version: readVersion(),
      })
    : `Spanlight ${readVersion()} is ready on ${url} (pages, API and OTLP/HTTP; OTLP/gRPC on port ${grpcPort}); data in ${settings.data}`;
  process.stdout.write(`${line}\n`);
}

function untilToldToStop(server: RunningServer, log: Log): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (isStopping) return;
      isStopping = true;
      log("info", "stopping", { signal });
      server.close().then(
        () => {
          resolve();
          process.exit(0); // the engine's threads would keep the process
        },
        (error: unknown) => {
          log("error", "not stopped cleanly", { error: String(error) });
          process.exit(1);
        },
      );
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
}
