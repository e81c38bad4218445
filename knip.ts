import type { KnipConfig } from "knip";

const config: KnipConfig = {
  workspaces: {
    ".": { entry: ["scripts/*.{mjs,ts}", "tests/**/*.ts"], project: ["scripts/**", "tests/**"] },
    "packages/*": { entry: ["src/index.ts", "src/**/*.test.{ts,tsx}"], project: ["src/**/*.{ts,tsx}"] },
    "packages/sdk": { entry: ["src/index.ts", "src/register.ts", "src/**/*.test.ts"], project: ["src/**"] },
    "packages/server": {
      entry: ["src/index.ts", "src/**/*.test.ts", "bin/*.cjs"],
      project: ["src/**", "bin/**"],
    },
    "packages/web": { entry: ["src/main.tsx", "src/**/*.test.{ts,tsx}"], project: ["src/**"] },
    "examples/*": { entry: ["src/**/*.ts"], project: ["src/**"] },
    bench: { entry: ["*.ts"], project: ["**/*.ts"] },
  },
};

export default config;
