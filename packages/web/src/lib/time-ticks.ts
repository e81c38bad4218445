import { formatAxisDuration } from "./format.ts";

export interface TimeTick {
  /** 0…1 along the axis. */
  at: number;
  label: string;
}

/** Round times along a waterfall of `durationMs`, at most `most` and none beside the end, which carries its own label. */
export function listTimeTicks(durationMs: number, most: number): TimeTick[] {
  if (!(durationMs > 0) || most < 1) return [];
  const least = durationMs / most;
  const power = 10 ** Math.floor(Math.log10(least));
  const factors = least >= 1000 && least < 60_000 ? [1, 1.5, 2, 3, 6, 10] : [1, 2, 2.5, 5, 10];
  const stepMs = factors.map((factor) => factor * power).find((step) => step >= least) ?? 10 * power;
  const ticks: TimeTick[] = [];
  for (let ms = 0; ms <= durationMs * 0.75; ms += stepMs)
    ticks.push({ at: ms / durationMs, label: formatAxisDuration(ms) });
  return ticks;
}
