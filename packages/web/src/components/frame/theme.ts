import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";

/** What was chosen; `system` follows the system. */
export type ThemeChoice = Theme | "system";

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

function readChoice(): ThemeChoice {
  const chosen = document.documentElement.dataset["theme"];
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

/** What was chosen in this browser. */
export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, readChoice);
}

/** Chooses a theme and keeps it in this browser. */
export function chooseTheme(choice: ThemeChoice): void {
  const root = document.documentElement;
  if (choice === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = choice;
  try {
    if (choice === "system") localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, choice);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
  dispatchEvent(new Event(CHANGE));
}
