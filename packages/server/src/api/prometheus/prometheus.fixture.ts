import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Root } from "protobufjs";
import { compress } from "snappyjs";

/** A series to send by remote write; times in Unix milliseconds. */
export interface WrittenSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/** prometheus/prompb as its definitions say; samples packed by hand would be quicker, but not a third party's. */
const prompb = Root.fromJSON({
  nested: {
    WriteRequest: { fields: { timeseries: { rule: "repeated", type: "TimeSeries", id: 1 } } },
    TimeSeries: {
      fields: {
        labels: { rule: "repeated", type: "Label", id: 1 },
        samples: { rule: "repeated", type: "Sample", id: 2 },
      },
    },
    Label: { fields: { name: { type: "string", id: 1 }, value: { type: "string", id: 2 } } },
    Sample: { fields: { value: { type: "double", id: 1 }, timestamp: { type: "int64", id: 2 } } },
  },
});
const WriteRequest = prompb.lookupType("WriteRequest");

/** Sends series to a door of remote write; throws where they are not taken. */
export function sendRemoteWrite(url: string, series: readonly WrittenSeries[]): Promise<void> {
  return postRemoteWrite(url, encodeRemoteWrite(series));
}

/** A request of remote write, compressed. */
export function encodeRemoteWrite(series: readonly WrittenSeries[]): Uint8Array {
  const timeseries = series.map(({ labels, times, values }) => ({
    labels: Object.entries(labels)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, value]) => ({ name, value })),
    samples: times.map((timestamp, index) => ({ timestamp, value: values[index] })),
  }));
  return new Uint8Array(compress(Buffer.from(WriteRequest.encode({ timeseries }).finish())));
}

export async function postRemoteWrite(url: string, body: Uint8Array): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
      "x-prometheus-remote-write-version": "0.1.0",
    },
    body: new Uint8Array(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
}

export interface RunningPrometheus {
  readonly url: string;
  close(): Promise<void>;
}

export function isPrometheusInstalled(): boolean {
  return spawnSync("prometheus", ["--version"]).status === 0;
}

/** Starts Debian's Prometheus with an empty database on a free port. It takes remote write. */
export async function startPrometheus(): Promise<RunningPrometheus> {
  const directory = mkdtempSync(join(tmpdir(), "spanlight-prometheus-"));
  writeFileSync(join(directory, "prometheus.yml"), "global: {}\n");
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const child = spawn(
    "prometheus",
    [
      `--config.file=${join(directory, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(directory, "data")}`,
      "--storage.tsdb.retention.time=10y",
      `--web.listen-address=${new URL(url).host}`,
      "--web.enable-remote-write-receiver",
      "--log.level=error",
    ],
    { stdio: "ignore" },
  );
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.kill("SIGTERM")) await once(child, "exit");
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await untilReady(url, child);
  } catch (cause) {
    await close();
    throw cause;
  }
  return { url, close };
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}`);
    const response = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (response?.ok === true) return;
    await delay(50);
  }
  throw new Error("prometheus was not ready after 10 s");
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
