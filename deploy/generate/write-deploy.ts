import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderDeploy } from "./render-deploy.ts";

const root = join(import.meta.dirname, "..");
for (const [path, text] of renderDeploy()) writeFileSync(join(root, path), text);
spawnSync("npx", ["oxfmt", root], { stdio: "inherit" });
