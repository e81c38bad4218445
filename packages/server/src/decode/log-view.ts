import { AttributeList, placesPerAttribute, valueKind } from "./span-view.ts";

/**
 * One log record, as positions in the request's bytes; a start of -1 = the field is absent. The walker owns and reuses it: read it
 * inside the visit only. Times are two 32-bit halves.
 */
export class LogView {
  traceIdStart = -1;
  traceIdLength = 0;
  spanIdStart = -1;
  spanIdLength = 0;
  severity = 0;
  severityTextStart = 0;
  severityTextEnd = 0;
  eventNameStart = 0;
  eventNameEnd = 0;
  timeLow = 0;
  timeHigh = 0;
  observedLow = 0;
  observedHigh = 0;
  /** Kind, start and end of the body's value, laid out as one entry of `AttributeList.places`. */
  readonly body: Int32Array = new Int32Array(placesPerAttribute);
  readonly attributes: AttributeList = new AttributeList();

  clear(): void {
    this.traceIdStart = -1;
    this.traceIdLength = 0;
    this.spanIdStart = -1;
    this.spanIdLength = 0;
    this.severity = 0;
    this.severityTextStart = 0;
    this.severityTextEnd = 0;
    this.eventNameStart = 0;
    this.eventNameEnd = 0;
    this.timeLow = 0;
    this.timeHigh = 0;
    this.observedLow = 0;
    this.observedHigh = 0;
    this.body.fill(0);
    this.body[2] = valueKind.none;
    this.attributes.count = 0;
  }
}
