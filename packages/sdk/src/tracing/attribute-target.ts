import type { Attributes, AttributeValue } from "@opentelemetry/api";

/** Takes attributes one by one: an object of them is built only for those who want one. */
export interface AttributeTarget {
  put(name: string, value: AttributeValue): void;
}

/** Gives a target every attribute of something, each name once. */
export type Describe = (target: AttributeTarget) => void;

/** The attributes as an object. */
export function collectAttributes(describe: Describe): Attributes {
  const attributes: Attributes = {};
  describe({
    put(name, value) {
      attributes[name] = value;
    },
  });
  return attributes;
}

/** Gives a target the attributes of an object. */
export function putAttributes(target: AttributeTarget, attributes: Attributes): void {
  for (const name in attributes) {
    const value = attributes[name];
    if (value !== undefined) target.put(name, value);
  }
}
