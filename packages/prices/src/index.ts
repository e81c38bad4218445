export { costOf, estimateCostUsd, explainCost, type CostLine, type TokenClass, type Usage } from "./cost.ts";
export { findRates, type Rates, type RatesQuery, type TokenPrice } from "./rates.ts";
