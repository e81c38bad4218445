import type { KnipConfig } from "knip";

const config: KnipConfig = {
  ignoreExportsUsedInFile: true,
  workspaces: {
    ".": {
      entry: ["scripts/*.{mjs,ts}", "tests/**/*.{ts,mjs}", "deploy/generate/write-deploy.ts"],
      project: ["scripts/**", "tests/**", "deploy/**"],
      ignoreBinaries: ["promtool", "prometheus-alertmanager"],
      // Run by scripts/ through node_modules/.bin, or installed apart from the repository by scripts/test-sdks.mjs.
      ignoreDependencies: [
        "oxlint",
        "oxlint-tsgolint",
        "tsx",
        "knip",
        "opik",
        "openlit",
        "@arizeai/phoenix-client",
        "@arizeai/phoenix-otel",
        "@traceloop/node-server-sdk",
      ],
    },
    "packages/*": { entry: ["src/**/*.test.{ts,tsx}"], project: ["src/**/*.{ts,tsx}"] },
    "packages/sdk": {
      entry: [
        "src/index.ts",
        "src/register.ts",
        "src/destinations/presets.ts",
        "src/doctor/{run,watch-app}.ts",
        "src/**/*.test.ts",
        "testing/apps/*",
      ],
      project: ["src/**", "testing/**"],
      // Read as a file, for the names in it.
      ignoreDependencies: ["langsmith"],
    },
    "packages/server": {
      entry: ["src/cli/run.ts", "src/**/*.test.ts", "bin/*.cjs"],
      project: ["src/**", "bin/**"],
      // Debian's, run by tests where they are installed.
      ignoreBinaries: ["promtool", "prometheus", "prometheus-alertmanager"],
    },
    "packages/web": { entry: ["src/main.tsx", "src/**/*.test.{ts,tsx}"], project: ["src/**"] },
    "examples/*": { entry: ["src/**/*.ts"], project: ["src/**"] },
    "tests/older-clients": { entry: ["*.{ts,mjs,cjs}"], project: ["**"] },
    bench: { entry: ["*.ts"], project: ["**/*.ts"] },
  },
};

export default config;
