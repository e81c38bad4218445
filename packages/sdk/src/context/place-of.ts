import type { Context } from "@opentelemetry/api";
import { readEnteredContext } from "./enter-context.ts";

type PlaceReader = (active: Context) => Context;

/** Frameworks that carry their own context tell where in their runs the code is. */
const readers: PlaceReader[] = [];

/** Asks `reader` too from now on. It gets the active context and returns it, or a deeper one of its framework. */
export function addPlaceReader(reader: PlaceReader): void {
  if (!readers.includes(reader)) readers.push(reader);
}

/** Where a span or a call that begins now belongs: the active context, or a run of a framework inside it. */
export function placeOf(active: Context): Context {
  let place = readEnteredContext() ?? active;
  for (const reader of readers) place = reader(place);
  return place;
}
