import { useState } from "react";
import { formatCount } from "../../lib/format.ts";
import { prettyJson } from "../../lib/pretty-json.ts";
import { CopyButton } from "../core/copy-button.tsx";
import styles from "./code-block.module.css";

/** Longer texts are cut until they are asked for: a prompt of a megabyte must not stand still the page. */
const SHOWN_CHARACTERS = 2_000;

/** A value as JSON for reading, or a text as it is; with a button that copies it. */
export function CodeBlock({ value, label }: { value: unknown; label: string }) {
  const text = prettyJson(value);
  return (
    <div className={styles.block}>
      <LongText text={text} code />
      <span className={styles.copy}>
        <CopyButton text={text} label={label} />
      </span>
    </div>
  );
}

/** Text with its line breaks; a long one is cut, with a button that shows the rest. */
export function LongText({ text, code = false }: { text: string; code?: boolean }) {
  const [isOpen, setIsOpen] = useState(false);
  const isLong = text.length > SHOWN_CHARACTERS * 1.2;
  const shown = isLong && !isOpen ? `${text.slice(0, SHOWN_CHARACTERS)} …` : text;
  return (
    <>
      {code ? <pre className={styles.code}>{shown}</pre> : <p className={styles.text}>{shown}</p>}
      {isLong ? (
        <button
          type="button"
          className={styles.more}
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          {isOpen ? "Show less" : `Show all ${formatCount(text.length)} characters`}
        </button>
      ) : null}
    </>
  );
}
