import { Dialog } from "@base-ui/react/dialog";
import { useState, type KeyboardEvent } from "react";
import { useLocation } from "wouter";
import { joinClasses } from "../../lib/class-names.ts";
import { findDestinations, type Destination } from "../../lib/destinations.ts";
import { useView } from "../../lib/use-view.ts";
import { addressOf, sharedView } from "../../lib/view.ts";
import styles from "./go-to.module.css";
import { PAGES, SETTINGS_PARTS, type PageEntry } from "./pages.ts";

interface GoToProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** A window that leads anywhere by typing: a page, a trace id, a user, a session, a model. */
export function GoTo({ open, onOpenChange }: GoToProps) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup className={styles.popup} aria-label="Go to">
          <GoToList onDone={() => onOpenChange(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function isCalled({ name }: PageEntry, words: string): boolean {
  return name.toLowerCase().includes(words);
}

function listDestinations(text: string): Destination[] {
  const words = text.trim().toLowerCase();
  const pages = [...PAGES, ...SETTINGS_PARTS]
    .filter((page) => `${page.name} ${page.words}`.toLowerCase().includes(words))
    // What is called so stands before what is only found by it.
    .toSorted((left, right) => Number(isCalled(right, words)) - Number(isCalled(left, words)))
    .map((page) => ({ name: page.name, note: "page", path: page.path }));
  return [
    ...findDestinations(text).filter(({ note }) => note === "open"),
    ...pages,
    ...findDestinations(text).filter(({ note }) => note !== "open"),
  ];
}

function GoToList({ onDone }: { onDone: () => void }) {
  const [, navigate] = useLocation();
  const { view } = useView();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const destinations = listDestinations(text);
  const at = Math.min(chosen, destinations.length - 1);
  const go = (destination: Destination) => {
    const shared = sharedView(view);
    onDone();
    navigate(
      addressOf(destination.path, { ...shared, filters: { ...shared.filters, ...destination.filters } }),
    );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setChosen((at + step + destinations.length) % Math.max(1, destinations.length));
    }
    const destination = destinations[at];
    if (event.key === "Enter" && destination !== undefined) go(destination);
  };
  return (
    <>
      <input
        className={styles.input}
        role="combobox"
        aria-expanded="true"
        aria-controls="go-to-list"
        aria-activedescendant={`go-to-${at}`}
        aria-label="Page, trace id, user, session or model"
        placeholder="Page, trace id, user, session, model …"
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul className={styles.list} id="go-to-list" role="listbox" aria-label="Places">
        {destinations.map((destination, index) => (
          <li
            key={destination.name}
            id={`go-to-${index}`}
            role="option"
            aria-selected={index === at}
            className={joinClasses(styles.item, index === at && styles.chosen)}
            onPointerMove={() => setChosen(index)}
            onClick={() => go(destination)}
          >
            <span className={styles.name}>{destination.name}</span>
            <span className={styles.note}>{destination.note}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
