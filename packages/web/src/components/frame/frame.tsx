import { lazy, Suspense, useCallback, useEffect, useState, type ReactNode } from "react";
import { FrameContext } from "./frame-context.ts";
import styles from "./frame.module.css";
import { Navigation } from "./navigation.tsx";
import { useScrollToTop } from "./use-scroll-to-top.ts";

const GoTo = lazy(() => import("./go-to.tsx").then((module) => ({ default: module.GoTo })));

/** What surrounds every page: the navigation and the go-to window (⌘K or Ctrl K). */
export function Frame({ children }: { children: ReactNode }) {
  useScrollToTop();
  const [goToOpen, setGoToOpen] = useState(false);
  // Loaded at the first opening and kept, so that its closing can be seen.
  const [goToWanted, setGoToWanted] = useState(false);
  const openGoTo = useCallback(() => {
    setGoToWanted(true);
    setGoToOpen(true);
  }, []);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      openGoTo();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [openGoTo]);
  return (
    <FrameContext value={openGoTo}>
      <a className={styles.skip} href="#content">
        Skip to the content
      </a>
      <div className={styles.frame}>
        <Navigation onGoTo={openGoTo} />
        <div className={styles.page}>{children}</div>
      </div>
      {goToWanted ? (
        <Suspense>
          <GoTo open={goToOpen} onOpenChange={setGoToOpen} />
        </Suspense>
      ) : null}
    </FrameContext>
  );
}
