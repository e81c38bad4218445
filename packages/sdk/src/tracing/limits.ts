import type { Attributes, AttributeValue } from "@opentelemetry/api";
import type { AttributeTarget } from "./attribute-target.ts";

/** Limits of one list of attributes; what goes past them is dropped and counted. */
export interface AttributeLimits {
  readonly attributeCount: number;
  /** Longest string value, in UTF-16 units; Infinity for none. */
  readonly valueLength: number;
}

/** Limits of one span; its attributes' value length holds for its events and links too. */
export interface SpanLimits extends AttributeLimits {
  readonly eventCount: number;
  readonly linkCount: number;
  readonly eventAttributeCount: number;
  readonly linkAttributeCount: number;
}

/** Hands on what the limits let through. */
export class LimitedTarget implements AttributeTarget {
  readonly #target: AttributeTarget;
  readonly #limits: AttributeLimits;
  #count = 0;

  constructor(target: AttributeTarget, limits: AttributeLimits) {
    this.#target = target;
    this.#limits = limits;
  }

  put(name: string, value: AttributeValue): void {
    const { attributeCount, valueLength } = this.#limits;
    if (this.#count++ < attributeCount) this.#target.put(name, shorten(value, valueLength));
  }

  /** How many attributes were too many. */
  get dropped(): number {
    return Math.max(0, this.#count - this.#limits.attributeCount);
  }
}

export interface LimitedAttributes {
  readonly attributes: Attributes;
  readonly dropped: number;
}

/** The attributes that the limits let through: the first ones, their texts cut. */
export function limitAttributes(attributes: Attributes, limits: AttributeLimits): LimitedAttributes {
  const kept: Attributes = {};
  let count = 0;
  for (const name in attributes) {
    const value = attributes[name];
    if (value === undefined) continue;
    if (count++ < limits.attributeCount) kept[name] = shorten(value, limits.valueLength);
  }
  return { attributes: kept, dropped: Math.max(0, count - limits.attributeCount) };
}

/** A text, or the texts of a list, cut to the longest that is allowed. */
export function shorten(value: AttributeValue, maxLength: number): AttributeValue {
  if (typeof value === "string") return value.length > maxLength ? value.slice(0, maxLength) : value;
  if (maxLength === Infinity || !Array.isArray(value)) return value;
  return value.map((item) =>
    typeof item === "string" && item.length > maxLength ? item.slice(0, maxLength) : item,
  ) as AttributeValue;
}
