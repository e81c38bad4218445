// npm start: installs and builds what is missing, then serves on http://localhost:4318.
import { join } from "node:path";
import process from "node:process";
import { ensureReady, handOver, root } from "./setup.mjs";

ensureReady();
handOver(process.execPath, [join(root, "packages/server/bin/spanlight.cjs"), ...process.argv.slice(2)]);
