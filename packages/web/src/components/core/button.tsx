import type { ComponentProps, ReactNode } from "react";
import { Link } from "wouter";
import { joinClasses } from "../../lib/class-names.ts";
import styles from "./button.module.css";

type Look = "plain" | "strong" | "quiet" | "icon";

interface ButtonProps extends ComponentProps<"button"> {
  look?: Look;
}

/** A button of 28 px. `icon` is square and needs an `aria-label`. */
export function Button({ look = "plain", className, type = "button", ...rest }: ButtonProps) {
  return <button {...rest} type={type} className={joinClasses(styles.button, styles[look], className)} />;
}

interface ButtonLinkProps {
  href: string;
  look?: Look;
  children: ReactNode;
}

/** A link to a page of ours that looks like a button. */
export function ButtonLink({ href, look = "plain", children }: ButtonLinkProps) {
  return (
    <Link href={href} className={joinClasses(styles.button, styles[look])}>
      {children}
    </Link>
  );
}
