import type { TraceSummary } from "@spanlight/contract";
import { useEffect, useState, type RefObject } from "react";

/** How long rows stand still after the pointer moved over them: time enough to aim and click. */
const AIM_MS = 1_500;
/** Scrolled further than this, the reader is somewhere in the list and not at its top. */
const READING_PX = 60;

export interface HeldRows {
  rows: TraceSummary[];
  /** New traces that wait to be shown. */
  waiting: number;
  /** Shows them, from the top. */
  release: () => void;
}

/** True while somebody has scrolled into the list or stands on a row with the keyboard. */
function useReading(tableRef: RefObject<HTMLElement | null>): boolean {
  const [isReading, setIsReading] = useState(false);
  useEffect(() => {
    const read = () => {
      const focused = document.activeElement;
      const isOnRow =
        focused !== null && focused.matches("a") && tableRef.current?.contains(focused) === true;
      setIsReading(window.scrollY > READING_PX || isOnRow);
    };
    addEventListener("scroll", read, { passive: true });
    document.addEventListener("focusin", read);
    document.addEventListener("focusout", read);
    return () => {
      removeEventListener("scroll", read);
      document.removeEventListener("focusin", read);
      document.removeEventListener("focusout", read);
    };
  }, [tableRef]);
  return isReading;
}

/** True while a pointer moves over the rows, and shortly after. */
function useAiming(tableRef: RefObject<HTMLElement | null>): boolean {
  const [isAiming, setIsAiming] = useState(false);
  useEffect(() => {
    const table = tableRef.current;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onPointerMove = (event: PointerEvent) => {
      if (event.pointerType === "touch") return;
      clearTimeout(timer);
      setIsAiming(true);
      timer = setTimeout(() => setIsAiming(false), AIM_MS);
    };
    table?.addEventListener("pointermove", onPointerMove);
    return () => {
      clearTimeout(timer);
      table?.removeEventListener("pointermove", onPointerMove);
    };
  }, [tableRef]);
  return isAiming;
}

/** The rows that were there when `shown` was noted, in their newest form, and older ones loaded since by scrolling. */
function keepShown(rows: TraceSummary[], shown: ReadonlySet<string>): TraceSummary[] {
  const last = rows.findLast((row) => shown.has(row.traceId));
  return last === undefined
    ? []
    : rows.filter((row) => shown.has(row.traceId) || row.startTime < last.startTime);
}

/** Keeps new rows back while somebody reads further down, aims at a row or walks through them with the keyboard. */
export function useHeldRows(rows: TraceSummary[], tableRef: RefObject<HTMLElement | null>): HeldRows {
  const isReading = useReading(tableRef);
  const isAiming = useAiming(tableRef);
  const isHeld = isReading || isAiming;
  const [shown, setShown] = useState<ReadonlySet<string> | null>(null);
  const kept = shown === null ? [] : keepShown(rows, shown);
  // Noted while rendering, so that no row flashes in between; rows of other filters or another range begin anew.
  if (isHeld && kept.length === 0 && rows.length > 0) setShown(new Set(rows.map((row) => row.traceId)));
  if (!isHeld && shown !== null) setShown(null);
  const release = () => {
    setShown(null);
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    window.scrollTo({ top: 0 });
  };
  if (!isHeld || kept.length === 0) return { rows, waiting: 0, release };
  return { rows: kept, waiting: rows.length - kept.length, release };
}
