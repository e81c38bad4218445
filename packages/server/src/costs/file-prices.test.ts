import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import { readFilePrices } from "./file-prices.ts";

describe("readFilePrices", () => {
  it("reads the prices of spanlight.yaml", () => {
    const entries: unknown = parse(`
- model: house-*
  provider: vllm
  from: 2026-11-01
  to: 2026-12-01T12:30:00+02:00
  usd_per_million: { input: 0.2, cache_read: 0.02, output: 0.8 }
- id: flexible
  model: gpt-9
  service_tier: flex
  usd_per_million: { input: 1 }
`);
    expect(readFilePrices(Array.isArray(entries) ? entries : [])).toEqual([
      {
        id: "file-1",
        origin: "file",
        provider: "vllm",
        model: "house-*",
        serviceTier: "",
        from: "2026-11-01T00:00:00Z",
        to: "2026-12-01T12:30:00+02:00",
        usdPerMillion: { input: 0.2, cache_read: 0.02, output: 0.8 },
        changedAt: null,
        changedBy: null,
      },
      expect.objectContaining({ id: "flexible", model: "gpt-9", serviceTier: "flex", from: null, to: null }),
    ]);
  });

  it.each([
    [{ usd_per_million: { input: 1 } }, "at model"],
    [{ model: "x", usd_per_million: {} }, "at least one class"],
    [{ model: "x", usd_per_million: { tokens: 1 } }, "usdPerMillion"],
    [{ model: "x", usd_per_million: { input: -1 } }, "usdPerMillion.input"],
    [{ model: "x", from: "2026-11-01T00:20:00Z", usd_per_million: { input: 1 } }, "full or half hours"],
    [{ model: "x", from: "2026-11-02", to: "2026-11-01", usd_per_million: { input: 1 } }, "before"],
    [{ model: "x", price: 3, usd_per_million: { input: 1 } }, "price"],
  ])("refuses %j, naming the entry and what is wrong", (entry, said) => {
    const read = (): unknown => readFilePrices([{ model: "fine", usd_per_million: { input: 1 } }, entry]);
    expect(read).toThrow(/prices\[1\] in spanlight\.yaml/);
    expect(read).toThrow(said);
  });
});
