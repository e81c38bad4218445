import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@spanlight/source"] },
  ssr: { resolve: { conditions: ["@spanlight/source"] } },
  test: {
    include: ["packages/*/src/**/*.test.{ts,tsx}", "examples/*/src/**/*.test.ts", "tests/**/*.test.ts"],
    // One process per worker, shared by its files: 6x quicker than isolation, and the embedded
    // engine allows one data directory per process.
    pool: "forks",
    isolate: false,
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ["./scripts/vitest-reporter.ts"],
    env: { NO_COLOR: "1" },
  },
});
