/** Where the list prices come from, and how old they are. */
export const priceList = {
  name: "@pydantic/genai-prices",
  version: "0.1.8",
  /** The day on which this version was published. */
  publishedOn: "2026-09-23",
} as const;
