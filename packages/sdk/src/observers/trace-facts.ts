const maxTraces = 1000;

interface Facts {
  documents: number;
  readonly scores: Record<string, number | string>;
}

/** What a line about a call tells of the trace around it: what was retrieved for it and how it was judged by then. */
export class TraceFacts {
  readonly #traces = new Map<string, Facts>();

  addDocuments(traceId: string, count: number): void {
    this.#open(traceId).documents += count;
  }

  addScore(traceId: string, name: string, value: number | string): void {
    this.#open(traceId).scores[name] = value;
  }

  /** Fields of a line; none where nothing is known of the trace. */
  fieldsOf(traceId: string | undefined): Record<string, unknown> {
    const facts = traceId === undefined ? undefined : this.#traces.get(traceId);
    if (facts === undefined) return {};
    return {
      ...(facts.documents > 0 ? { retrieval_chunks: facts.documents } : {}),
      ...(Object.keys(facts.scores).length > 0 ? { scores: { ...facts.scores } } : {}),
    };
  }

  #open(traceId: string): Facts {
    const known = this.#traces.get(traceId);
    if (known !== undefined) return known;
    // The oldest makes room: a trace that is written about is a young one.
    const [oldest] = this.#traces.keys();
    if (this.#traces.size >= maxTraces && oldest !== undefined) this.#traces.delete(oldest);
    const facts: Facts = { documents: 0, scores: {} };
    this.#traces.set(traceId, facts);
    return facts;
  }
}
