import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";

const STORAGE_KEY = "spanlight-theme";
const CHANGE = "spanlight-theme-change";
const darkQuery = "(prefers-color-scheme: dark)";

function readTheme(): Theme {
  const chosen = document.documentElement.dataset["theme"];
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia(darkQuery).matches ? "dark" : "light";
}

function subscribe(onChange: () => void): () => void {
  const system = matchMedia(darkQuery);
  system.addEventListener("change", onChange);
  addEventListener(CHANGE, onChange);
  return () => {
    system.removeEventListener("change", onChange);
    removeEventListener(CHANGE, onChange);
  };
}

/** The theme in force: the chosen one, else the system's. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, readTheme);
}

/** Chooses a theme and keeps it in this browser; choosing the system's own follows the system again. */
export function chooseTheme(theme: Theme): void {
  const systemTheme = matchMedia(darkQuery).matches ? "dark" : "light";
  const root = document.documentElement;
  if (theme === systemTheme) delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
  try {
    if (theme === systemTheme) localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
  dispatchEvent(new Event(CHANGE));
}
