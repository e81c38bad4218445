import { useEffect, useRef } from "react";
import { usePathname } from "wouter/use-browser-location";

/** A page that is gone to begins at its top; one that is gone back to stands where it was left. */
export function useScrollToTop(): void {
  const path = usePathname();
  const cameBack = useRef(false);
  useEffect(() => {
    const onPopState = () => {
      cameBack.current = true;
    };
    addEventListener("popstate", onPopState);
    return () => removeEventListener("popstate", onPopState);
  }, []);
  useEffect(() => {
    if (!cameBack.current) window.scrollTo({ top: 0 });
    cameBack.current = false;
  }, [path]);
}
