/** A route as Hono lists it. */
export interface ListedRoute {
  readonly method: string;
  readonly path: string;
}

interface Template {
  readonly path: string;
  readonly segments: readonly string[];
}

/**
 * Finds the template of a path, so that a request is known by `/api/traces/:traceId` and not by an id. However many paths are asked
 * for there are no more templates than routes.
 */
export class RouteTable {
  private readonly plain = new Set<string>();
  /** Those with parameters, by their number of segments. */
  private readonly byLength = new Map<number, Template[]>();

  constructor(routes: readonly ListedRoute[]) {
    for (const { method, path } of routes) {
      if (method === "ALL" || path.includes("*")) continue; // a middleware, or pages
      if (path.includes(":")) this.add(path);
      else this.plain.add(path);
    }
  }

  /** The template, or undefined where no route has such a path. `url` may have a query. */
  find(url: string): string | undefined {
    const end = url.indexOf("?");
    const path = end === -1 ? url : url.slice(0, end);
    if (this.plain.has(path)) return path;
    const segments = path.split("/");
    const isFit = ({ segments: wanted }: Template): boolean =>
      wanted.every((segment, index) =>
        segment.startsWith(":") ? segments[index] !== "" : segment === segments[index],
      );
    return this.byLength.get(segments.length)?.find(isFit)?.path;
  }

  private add(path: string): void {
    const segments = path.split("/");
    const known = this.byLength.get(segments.length) ?? [];
    if (!known.some((template) => template.path === path)) known.push({ path, segments });
    this.byLength.set(segments.length, known);
  }
}
