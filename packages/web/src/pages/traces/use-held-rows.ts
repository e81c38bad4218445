import type { TraceSummary } from "@spanlight/contract";
import { useEffect, useEffectEvent, useState, type RefObject } from "react";

/** How long rows stand still after the pointer moved over them: time enough to aim and click. */
const AIM_MS = 1_500;
/** Scrolled further than this, the reader is somewhere in the list and not at its top. */
const READING_PX = 60;

export interface HeldRows {
  rows: TraceSummary[];
  /** New traces that wait to be shown. */
  waiting: number;
  release: () => void;
}

/** Keeps new rows back while somebody reads further down, aims at a row or walks through them with the keyboard. */
export function useHeldRows(rows: TraceSummary[], tableRef: RefObject<HTMLElement | null>): HeldRows {
  const [isReading, setIsReading] = useState(false);
  const [isAiming, setIsAiming] = useState(false);
  const [shown, setShown] = useState<{ first: string; ids: ReadonlySet<string> } | null>(null);
  const isHeld = isReading || isAiming;

  const readPosition = useEffectEvent(() => {
    const focused = document.activeElement;
    const inRows = focused !== null && tableRef.current?.contains(focused) === true && focused.matches("a");
    setIsReading(window.scrollY > READING_PX || inRows);
  });
  useEffect(() => {
    const table = tableRef.current;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onPosition = () => readPosition();
    const onPointerMove = (event: PointerEvent) => {
      if (event.pointerType === "touch") return;
      clearTimeout(timer);
      setIsAiming(true);
      timer = setTimeout(() => setIsAiming(false), AIM_MS);
    };
    addEventListener("scroll", onPosition, { passive: true });
    document.addEventListener("focusin", onPosition);
    document.addEventListener("focusout", onPosition);
    table?.addEventListener("pointermove", onPointerMove);
    return () => {
      clearTimeout(timer);
      removeEventListener("scroll", onPosition);
      document.removeEventListener("focusin", onPosition);
      document.removeEventListener("focusout", onPosition);
      table?.removeEventListener("pointermove", onPointerMove);
    };
  }, [tableRef]);

  // What was on the page when it began to be held; set while rendering, so that no row flashes in between.
  if (isHeld && shown === null && rows.length > 0) {
    setShown({ first: rows[0]?.startTime ?? "", ids: new Set(rows.map((row) => row.traceId)) });
  }
  if (!isHeld && shown !== null) setShown(null);

  if (!isHeld || shown === null) return { rows, waiting: 0, release: () => undefined };
  // Older rows that were loaded by scrolling are let through: they stand below what is read.
  const lastShown = rows.findLast((row) => shown.ids.has(row.traceId))?.startTime ?? shown.first;
  const kept = rows.filter((row) => shown.ids.has(row.traceId) || row.startTime <= lastShown);
  const release = () => {
    setShown(null);
    setIsReading(false);
    setIsAiming(false);
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    window.scrollTo({ top: 0 });
  };
  // Held rows of another range or other filters say nothing about this one.
  if (kept.length === 0 && rows.length > 0) return { rows, waiting: 0, release };
  return { rows: kept, waiting: rows.length - kept.length, release };
}
