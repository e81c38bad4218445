export { app, genAi, general } from "./attributes.ts";
