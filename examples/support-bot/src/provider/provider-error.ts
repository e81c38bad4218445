/** An answer of the provider that is no completion: status, extra headers and the provider's error body. */
export class ProviderError extends Error {
  readonly code = "provider_error";
  readonly status: number;
  readonly body: { error: { message: string; type: string; param: string | null; code: string | null } };
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    error: { message: string; type: string; param?: string | null; code?: string | null },
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(error.message);
    this.status = status;
    this.body = {
      error: {
        message: error.message,
        type: error.type,
        param: error.param ?? null,
        code: error.code ?? null,
      },
    };
    this.headers = headers;
  }
}

export function invalidRequest(
  message: string,
  param: string | null,
  code: string | null = null,
): ProviderError {
  return new ProviderError(400, { message, type: "invalid_request_error", param, code });
}

export function missingKey(): ProviderError {
  return new ProviderError(401, {
    message:
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    type: "invalid_request_error",
  });
}

export function unknownModel(model: string): ProviderError {
  return new ProviderError(404, {
    message: `The model \`${model}\` does not exist or you do not have access to it.`,
    type: "invalid_request_error",
    code: "model_not_found",
  });
}

export function unknownUrl(method: string, path: string): ProviderError {
  return new ProviderError(404, {
    message: `Invalid URL (${method} ${path})`,
    type: "invalid_request_error",
  });
}

export function serverFault(requestId: string): ProviderError {
  return new ProviderError(500, {
    message: `The server had an error processing your request. Sorry about that! You can retry your request, or contact us through our help center if you keep seeing this error. (Please include the request ID ${requestId} in your email.)`,
    type: "server_error",
  });
}

/** A limit is used up. `retryAfterMs` says when the next request of this size fits. */
export function rateLimited(
  limit: { model: string; unit: "requests" | "tokens"; perMinute: number; used: number; requested: number },
  retryAfterMs: number,
): ProviderError {
  const name = limit.unit === "requests" ? "requests per min (RPM)" : "tokens per min (TPM)";
  const wait = retryAfterMs < 1000 ? `${retryAfterMs}ms` : `${(retryAfterMs / 1000).toFixed(3)}s`;
  return new ProviderError(
    429,
    {
      message: `Rate limit reached for ${limit.model} in organization org-local on ${name}: Limit ${limit.perMinute}, Used ${limit.used}, Requested ${limit.requested}. Please try again in ${wait}. Visit https://platform.openai.com/account/rate-limits to learn more.`,
      type: limit.unit,
      code: "rate_limit_exceeded",
    },
    { "retry-after": String(Math.ceil(retryAfterMs / 1000)), "retry-after-ms": String(retryAfterMs) },
  );
}
