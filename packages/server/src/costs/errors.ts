/** A recalculation runs already: one at a time. */
export class RepriceRunningError extends Error {
  override readonly name = "RepriceRunningError";
  readonly code = "reprice_running";
}

/** The engine could not change the stored costs. */
export class RepriceFailedError extends Error {
  override readonly name = "RepriceFailedError";
  readonly code = "reprice_failed";
}

/** The price stands in spanlight.yaml and is changed there alone. */
export class PriceInFileError extends Error {
  override readonly name = "PriceInFileError";
  readonly code = "price_in_file";
}

/** There are as many custom prices as there may be. */
export class TooManyPricesError extends Error {
  override readonly name = "TooManyPricesError";
  readonly code = "too_many_prices";
}

/** `prices` of spanlight.yaml cannot be used; the message names the entry. */
export class PriceFileError extends Error {
  override readonly name = "PriceFileError";
  readonly code = "price_file_invalid";
}
