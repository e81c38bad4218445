/** A template that cannot be parsed. The message is worded as Go words it. */
export class TemplateParseError extends Error {
  readonly code = "template_parse_error";
  override readonly name = "TemplateParseError";
}

/** A template that failed while it was expanded. */
export class TemplateExpandError extends Error {
  readonly code = "template_expand_error";
  override readonly name = "TemplateExpandError";
}

/** Tells the caller that the expansion needs the answer of a query before it can go on. */
export class QueryNeededError extends Error {
  readonly code = "query_needed";
  override readonly name = "QueryNeededError";
  readonly expression: string;

  constructor(expression: string) {
    super(`the answer of ${expression} is not there yet`);
    this.expression = expression;
  }
}
