/** Somewhere the go-to window leads. */
export interface Destination {
  name: string;
  note: string;
  path: string;
  /** Filters to set there. */
  filters?: Record<string, string>;
}

/** Places that typed text can mean besides a page: a trace, a span's trace, a user, a session, a model, a text. */
export function findDestinations(text: string): Destination[] {
  const typed = text.trim();
  if (typed === "") return [];
  const id = typed.toLowerCase().replaceAll("-", "");
  const found: Destination[] = [];
  if (/^[0-9a-f]{32}$/.test(id)) found.push({ name: `Trace ${id}`, note: "open", path: `/traces/${id}` });
  const toTraces = (name: string, filters: Record<string, string>): Destination => ({
    name,
    note: "traces",
    path: "/traces",
    filters,
  });
  found.push(
    toTraces(`Traces that say “${typed}”`, { q: typed }),
    toTraces(`Traces of user ${typed}`, { user: typed }),
    toTraces(`Traces of session ${typed}`, { session: typed }),
    toTraces(`Traces with model ${typed}`, { model: typed }),
  );
  return found;
}
