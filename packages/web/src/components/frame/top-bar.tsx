import Moon from "lucide-react/icons/moon";
import Sun from "lucide-react/icons/sun";
import { use, useEffect, type ReactNode } from "react";
import { Button } from "../core/button.tsx";
import { FrameContext } from "./frame-context.ts";
import { chooseTheme, useTheme } from "./theme.ts";
import styles from "./top-bar.module.css";

interface TopBarProps {
  /** Stands in the window's title. */
  title: string;
  /** Stands in front, when it is more than the title. */
  heading?: ReactNode;
  /** Pickers of this page. */
  children?: ReactNode;
  /** Stands at the right, before go-to and theme. */
  aside?: ReactNode;
}

/** The line on top of every page. */
export function TopBar({ title, heading, children, aside }: TopBarProps) {
  useEffect(() => {
    document.title = `${title} – Spanlight`;
  }, [title]);
  return (
    <header className={styles.bar}>
      <h1 className={styles.heading}>{heading ?? title}</h1>
      <div className={styles.controls}>{children}</div>
      <div className={styles.aside}>
        <GoToButton />
        {aside}
        <span className={styles.theme}>
          <ThemeButton />
        </span>
      </div>
    </header>
  );
}

function GoToButton() {
  const openGoTo = use(FrameContext);
  const isMac = navigator.userAgent.includes("Mac");
  return (
    <button type="button" className={styles.goTo} onClick={openGoTo} aria-keyshortcuts="Meta+K Control+K">
      Go to <kbd className={styles.key}>{isMac ? "⌘K" : "Ctrl K"}</kbd>
    </button>
  );
}

function ThemeButton() {
  const theme = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  const Icon = theme === "dark" ? Sun : Moon;
  return (
    <Button
      look="icon"
      aria-label={`Switch to ${other} colours`}
      title={`Switch to ${other} colours`}
      onClick={() => chooseTheme(other)}
    >
      <Icon size={15} strokeWidth={1.5} aria-hidden="true" />
    </Button>
  );
}
