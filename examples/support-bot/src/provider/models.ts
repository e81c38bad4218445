/** One model of the local provider: what it is called and how quick it is. Times in milliseconds. */
export interface Model {
  /** The name requests use. */
  readonly name: string;
  /** The dated name in answers. */
  readonly snapshot: string;
  readonly kind: "chat" | "reasoning" | "embedding";
  readonly firstTokenMs: readonly [low: number, high: number];
  readonly tokensPerSecond: number;
  readonly requestsPerMinute: number;
  readonly tokensPerMinute: number;
  readonly systemFingerprint: string;
  /** Length of the vectors of an embedding model when the request names none. */
  readonly dimensions: number;
}

const chat = { kind: "chat", requestsPerMinute: 10_000, tokensPerMinute: 2_000_000, dimensions: 0 } as const;
const embedding = {
  kind: "embedding",
  firstTokenMs: [25, 90],
  tokensPerSecond: 200_000,
  requestsPerMinute: 10_000,
  tokensPerMinute: 5_000_000,
  systemFingerprint: "",
} as const;

const models: readonly Model[] = [
  {
    ...chat,
    name: "gpt-4o",
    snapshot: "gpt-4o-2024-08-06",
    firstTokenMs: [320, 780],
    tokensPerSecond: 75,
    systemFingerprint: "fp_9c1d5a30be",
  },
  {
    ...chat,
    name: "gpt-4o-mini",
    snapshot: "gpt-4o-mini-2024-07-18",
    firstTokenMs: [180, 480],
    tokensPerSecond: 95,
    systemFingerprint: "fp_51e1070cf2",
  },
  {
    ...chat,
    name: "gpt-4.1-mini",
    snapshot: "gpt-4.1-mini-2025-04-14",
    firstTokenMs: [210, 520],
    tokensPerSecond: 90,
    systemFingerprint: "fp_71b6c2fe0d",
  },
  {
    ...chat,
    kind: "reasoning",
    name: "o4-mini",
    snapshot: "o4-mini-2025-04-16",
    firstTokenMs: [350, 700],
    tokensPerSecond: 130,
    systemFingerprint: "fp_0a4d22e1c7",
  },
  // A company's own fine-tuned model: no price list knows it.
  {
    ...chat,
    name: "acme-support-8b",
    snapshot: "acme-support-8b",
    firstTokenMs: [120, 260],
    tokensPerSecond: 60,
    systemFingerprint: "fp_acme000008",
  },
  { ...embedding, name: "text-embedding-3-small", snapshot: "text-embedding-3-small", dimensions: 1536 },
  { ...embedding, name: "text-embedding-3-large", snapshot: "text-embedding-3-large", dimensions: 3072 },
];

export function listModels(): readonly Model[] {
  return models;
}

/** The model of that name or dated name; undefined when the provider has none. */
export function findModel(name: string): Model | undefined {
  return models.find((model) => model.name === name || model.snapshot === name);
}
