// What the tests need from the system: a browser, and Prometheus with Alertmanager to compare against.
import { spawnSync } from "node:child_process";
import process from "node:process";

const needed = [
  { command: "chromium", package: "chromium" },
  { command: "prometheus", package: "prometheus" },
  { command: "promtool", package: "prometheus" },
  { command: "prometheus-alertmanager", package: "prometheus-alertmanager" },
];

function isThere(command) {
  return spawnSync("sh", ["-c", `command -v ${command}`], { stdio: "ignore" }).status === 0;
}

/** Installs the missing Debian packages where it may; otherwise says which tests will be skipped and the line to type. */
export function ensureSystemPackages() {
  const missing = [
    ...new Set(needed.filter(({ command }) => !isThere(command)).map((entry) => entry.package)),
  ];
  if (missing.length === 0) return;
  const line = `apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  if (!isThere("apt-get") || process.getuid?.() !== 0) {
    process.stderr.write(
      `Missing on this machine: ${missing.join(", ")}. The tests that need them are skipped; install with: sudo ${line}\n`,
    );
    return;
  }
  process.stderr.write(`Installing ${missing.join(", ")} for the tests …\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const done = spawnSync("sh", ["-c", `apt-get update -qq && ${line} -qq`], {
    stdio: ["ignore", "ignore", 2],
    env,
  });
  if (done.status !== 0)
    process.stderr.write(
      `${missing.join(", ")} could not be installed; the tests that need them are skipped.\n`,
    );
}
