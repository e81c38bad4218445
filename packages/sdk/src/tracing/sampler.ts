/** Decides for one trace: true keeps it. */
export type Sampler = (input: { readonly traceId: string; readonly parent: ParentDecision }) => boolean;

/** What the parent span decided, or `none` at a root. */
type ParentDecision = "none" | "sampled" | "dropped";

const alwaysOn: Sampler = () => true;
const alwaysOff: Sampler = () => false;

function ratio(share: number): Sampler {
  if (share >= 1) return alwaysOn;
  if (share <= 0) return alwaysOff;
  // The 14 low hex digits are what the W3C random flag promises to be random.
  const limit = Math.floor(share * 0x100000000);
  return ({ traceId }) => Number.parseInt(traceId.slice(24), 16) < limit;
}

function parentBased(root: Sampler): Sampler {
  return (input) => (input.parent === "none" ? root(input) : input.parent === "sampled");
}

/**
 * The sampler that `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` name; null for a name the specification does not know.
 * `share` is the kept part of all traces, 0 to 1.
 */
export function createSampler(name: string, share: number): Sampler | null {
  const samplers: Readonly<Record<string, Sampler>> = {
    always_on: alwaysOn,
    always_off: alwaysOff,
    traceidratio: ratio(share),
    parentbased_always_on: parentBased(alwaysOn),
    parentbased_always_off: parentBased(alwaysOff),
    parentbased_traceidratio: parentBased(ratio(share)),
  };
  return samplers[name] ?? null;
}
