// npm run build: compiles every package and bundles the pages.
import process from "node:process";
import { build, ensureDependencies } from "./setup.mjs";

ensureDependencies();
build();
process.stdout.write("built\n");
