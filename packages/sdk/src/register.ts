/**
 * `node --import @spanlight/sdk/register app.js`: starts the SDK from the environment and watches every client that is loaded
 * from then on, in ES modules and in CommonJS.
 */
import { init } from "./init.ts";
import { watchModules } from "./modules/watch-modules.ts";

init();
watchModules();
