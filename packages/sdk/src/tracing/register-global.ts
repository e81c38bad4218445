/** One of the API's global places: the setter's name, and how to see who is in it. */
export interface GlobalPlace<Given> {
  readonly api: { disable(): void };
  readonly setter: string;
  /** Whether this one is in the place. */
  readonly holds: (given: Given) => boolean;
}

/**
 * Puts ours into a global place until the application puts its own there. An SDK that starts later than ours, as in an application run
 * with `--import @spanlight/sdk/register`, would be refused by the API and lose its spans without a word: ours gives way instead, and
 * `onReplaced` is told. Returns what takes ours away again.
 */
export function registerUntilReplaced<Given>(
  { api, setter, holds }: GlobalPlace<Given>,
  ours: Given,
  onReplaced: () => void = () => undefined,
): () => void {
  const set = (given: Given): boolean =>
    Reflect.apply(
      Reflect.get(Object.getPrototypeOf(api) as object, setter) as (given: Given) => boolean,
      api,
      [given],
    );
  if (!set(ours)) return () => undefined;
  const giveWay = (given: Given): boolean => {
    if (!holds(ours)) return set(given);
    Reflect.deleteProperty(api, setter);
    api.disable();
    const isSet = set(given);
    onReplaced();
    return isSet;
  };
  Object.defineProperty(api, setter, {
    value: giveWay,
    configurable: true,
    writable: true,
    enumerable: false,
  });
  return () => {
    if (Reflect.get(api, setter) === giveWay) Reflect.deleteProperty(api, setter);
    if (holds(ours)) api.disable();
  };
}
