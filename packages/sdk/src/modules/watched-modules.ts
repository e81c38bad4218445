import { isOpenAiClient, watchOpenAiClient } from "../sources/openai/wrap-client.ts";

/** A client library whose class can be watched as a whole, through its prototype. */
interface WatchedModule {
  readonly source: string;
  /** The file that declares the class, as a pattern of its URL; an alias like `openai6` is still that library. */
  readonly file: RegExp;
  /** What CommonJS requires. */
  readonly request: RegExp;
  readonly className: string;
  readonly watch: (prototype: unknown) => void;
}

export const watchedModules: readonly WatchedModule[] = [
  {
    source: "openai",
    file: /\/node_modules\/openai[^/]*\/(?:client|index)\.mjs$/,
    request: /(?:^|[\\/])openai[^\\/]*(?:[\\/](?:index|client)(?:\.js)?)?$/,
    className: "OpenAI",
    watch: (prototype) => {
      if (isOpenAiClient(prototype)) watchOpenAiClient(prototype);
    },
  },
];
