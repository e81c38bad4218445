export { app, genAi, genAiLatest, general, openAi, operations, type Operation } from "./attributes.ts";
