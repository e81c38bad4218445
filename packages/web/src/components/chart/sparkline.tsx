import styles from "./sparkline.module.css";

interface SparklineProps {
  values: (number | null)[];
  /** The same figure in the range it is compared with, drawn grey below. */
  ghost: (number | null)[];
  colour: string;
}

const WIDTH = 240;
const HEIGHT = 36;

/** A small line without axes. It repeats what the figures beside it say, so it is hidden from assistive tools. */
export function Sparkline({ values, ghost, colour }: SparklineProps) {
  const highest = Math.max(0, ...values.map((value) => value ?? 0), ...ghost.map((value) => value ?? 0));
  return (
    <svg
      className={styles.sparkline}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={drawPath(ghost, highest)} stroke="var(--ghost)" strokeWidth="1" />
      <path d={drawPath(values, highest)} stroke={colour} strokeWidth="1.5" />
    </svg>
  );
}

function drawPath(values: (number | null)[], highest: number): string {
  if (values.length < 2) return "";
  const scale = highest === 0 ? 0 : (HEIGHT - 4) / highest;
  let path = "";
  let isDrawing = false;
  values.forEach((value, i) => {
    if (value === null) {
      isDrawing = false;
      return;
    }
    const x = (i / (values.length - 1)) * WIDTH;
    const y = HEIGHT - 2 - value * scale;
    // A point without neighbours is drawn as a short dash.
    const lone = values[i - 1] == null && values[i + 1] == null ? "h2" : "";
    path += `${isDrawing ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}${lone}`;
    isDrawing = true;
  });
  return path;
}
