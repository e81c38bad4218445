import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const server = "http://localhost:4318";

export default defineConfig({
  root: here("."),
  plugins: [react()],
  resolve: { conditions: ["@spanlight/source", "module", "browser", "development|production"] },
  build: {
    outDir: here("../server/public"),
    emptyOutDir: true,
    // The server lets a page load files of its own alone, no data: addresses.
    assetsInlineLimit: 0,
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
  },
  server: { proxy: { "/api": server, "/.well-known": server, "/v1": server } },
});
