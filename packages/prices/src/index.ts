export { findContextWindow, type ContextWindowQuery } from "./context-window.ts";
export { costOf, estimateCostUsd, explainCost, type CostLine } from "./cost.ts";
export { createPriceBook, type CustomPrice, type PriceBook } from "./price-book.ts";
export { priceList } from "./price-list.ts";
export { findRates, type Rates, type RatesQuery, type TokenPrice } from "./rates.ts";
export { parentClass, tokenClasses, type TokenClass, type Usage } from "./usage.ts";
