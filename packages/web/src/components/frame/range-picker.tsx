import { Popover } from "@base-ui/react/popover";
import { useState, type FormEvent } from "react";
import { joinClasses } from "../../lib/class-names.ts";
import { toLocalInput } from "../../lib/instant.ts";
import {
  describeDurationText,
  describeRange,
  isSameRange,
  RANGE_PRESETS,
  resolveRange,
  type TimeRange,
} from "../../lib/time-range.ts";
import { useNow } from "../../lib/use-now.ts";
import { useView } from "../../lib/use-view.ts";
import { Button } from "../core/button.tsx";
import pickerStyles from "../core/picker.module.css";
import styles from "./range-picker.module.css";

/** Picks one of the lengths that end now, or two instants. */
export function RangePicker() {
  const { view, changeView } = useView();
  const [open, setOpen] = useState(false);
  const nowMs = useNow();
  const pick = (range: TimeRange) => {
    setOpen(false);
    changeView({ range });
  };
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className={joinClasses(pickerStyles.trigger, styles.trigger)}>
        <span className={joinClasses(pickerStyles.label, styles.label)}>Range</span>{" "}
        <span className={styles.value}>{describeRange(view.range, nowMs)}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner
          className={pickerStyles.positioner}
          sideOffset={4}
          align="start"
          collisionPadding={8}
        >
          <Popover.Popup className={styles.popup} aria-label="Range">
            <div className={styles.presets}>
              {RANGE_PRESETS.map((text) => {
                const range: TimeRange = { kind: "last", text };
                const chosen = isSameRange(range, view.range);
                return (
                  <button
                    key={text}
                    type="button"
                    className={joinClasses(styles.preset, chosen && styles.chosen)}
                    aria-pressed={chosen}
                    onClick={() => pick(range)}
                  >
                    {describeDurationText(text)}
                  </button>
                );
              })}
            </div>
            <BetweenForm range={view.range} onPick={pick} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function BetweenForm({ range, onPick }: { range: TimeRange; onPick: (range: TimeRange) => void }) {
  const [initial] = useState(() => resolveRange(range, Date.now()));
  const [from, setFrom] = useState(toLocalInput(initial.fromMs));
  const [to, setTo] = useState(toLocalInput(initial.toMs));
  const fromMs = new Date(from).getTime();
  const toMs = new Date(to).getTime();
  const valid = fromMs < toMs;
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (valid) onPick({ kind: "between", fromMs, toMs });
  };
  return (
    <form className={styles.form} onSubmit={onSubmit}>
      <label className={styles.field}>
        From
        <input type="datetime-local" value={from} onChange={(event) => setFrom(event.target.value)} />
      </label>
      <label className={styles.field}>
        To
        <input type="datetime-local" value={to} onChange={(event) => setTo(event.target.value)} />
      </label>
      <p className={styles.hint}>{valid ? "In your time zone" : "“From” must be earlier than “to”"}</p>
      <Button type="submit" look="strong" disabled={!valid}>
        Show
      </Button>
    </form>
  );
}
