/**
 * `node --import @spanlight/sdk/register app.js`: starts the SDK from the environment and watches every client that is loaded
 * from then on, in ES modules and in CommonJS.
 */
import { readNamedDestinations } from "./destinations/read-named.ts";
import { init } from "./init.ts";
import { watchModules } from "./modules/watch-modules.ts";

const warn = (sentence: string): void => process.emitWarning(sentence, { type: "SpanlightWarning" });

try {
  init({ destinations: await readNamedDestinations(process.env, warn) });
  watchModules();
} catch (error) {
  // A setting that cannot be used must not keep the application from starting.
  warn(`nothing is traced: ${error instanceof Error ? error.message : String(error)}`);
}
