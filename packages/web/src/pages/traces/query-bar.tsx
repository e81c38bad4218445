import type { TraceFacets } from "@spanlight/contract";
import X from "lucide-react/icons/x";
import { useEffect, useId, useRef, useState, type KeyboardEvent, type RefObject } from "react";
import { joinClasses } from "../../lib/class-names.ts";
import { suggest, type Suggestion } from "../../lib/suggest.ts";
import { listChips, parseQuery, parseWord, writeChip, type Chip } from "../../lib/trace-query.ts";
import type { Filters } from "../../lib/view.ts";
import styles from "./query-bar.module.css";

interface QueryBarProps {
  filters: Filters;
  facets: TraceFacets | null;
  onChange: (filters: Filters) => void;
}

const NONE = -1;

/** The word that the cursor stands in, at the end of what is typed. */
function lastWordOf(text: string): string {
  return /(?:[^\s"]+|"[^"]*"?)+$/.exec(text)?.[0] ?? "";
}

function without(filters: Filters, chip: Chip): Filters {
  const { [chip.name]: _removed, ...rest } = filters;
  return rest;
}

/** What is searched for, as chips, and a line to type more; `/` comes here from anywhere on the page. */
export function QueryBar({ filters, facets, onChange }: QueryBarProps) {
  const inputRef = useRef<HTMLInputElement>(null);
  const listId = useId();
  const [text, setText] = useState("");
  const [isOpen, setIsOpen] = useState(false);
  const [chosen, setChosen] = useState(NONE);
  const chips = listChips(filters);
  const suggestions = isOpen ? suggest(lastWordOf(text), facets) : [];
  useFocusKey(inputRef);

  const commit = (typed: string) => {
    setText("");
    setChosen(NONE);
    const parsed = parseQuery(typed);
    const q = [filters.q, parsed.q].filter((part) => part !== undefined).join(" ");
    if (Object.keys(parsed).length > 0) onChange({ ...filters, ...parsed, ...(q === "" ? {} : { q }) });
  };
  const take = ({ text: word, complete }: Suggestion) => {
    const typed = `${text.slice(0, text.length - lastWordOf(text).length)}${word}`;
    setChosen(NONE);
    if (complete) commit(typed);
    else setText(typed);
    inputRef.current?.focus();
  };
  const editLast = () => {
    const last = chips.at(-1);
    if (last === undefined) return;
    setText(writeChip(last));
    onChange(without(filters, last));
  };
  const moveChoice = (step: number) => {
    const count = suggestions.length;
    if (count > 0)
      setChosen((before) => (before === NONE && step < 0 ? count - 1 : (before + step + count) % count));
  };
  const leave = () => (suggestions.length > 0 ? setIsOpen(false) : inputRef.current?.blur());
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const suggestion = suggestions[chosen];
    const actions: Record<string, (() => void) | undefined> = {
      ArrowDown: () => moveChoice(1),
      ArrowUp: () => moveChoice(-1),
      Enter: () => (suggestion === undefined ? commit(text) : take(suggestion)),
      Tab: suggestion === undefined ? undefined : () => take(suggestion),
      Escape: leave,
      Backspace: text === "" ? editLast : undefined,
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  };
  const onType = (typed: string) => {
    setIsOpen(true);
    setChosen(NONE);
    // A space behind a whole filter makes it a chip; behind anything else it is part of the text.
    if (typed.endsWith(" ") && parseWord(lastWordOf(typed.trimEnd())) !== null) commit(typed);
    else setText(typed);
  };

  return (
    <div className={styles.wrapper}>
      {/* Clicking anywhere in the bar is clicking into its input. */}
      <div className={styles.bar} role="search" onClick={() => inputRef.current?.focus()}>
        {chips.map((chip) => (
          <FilterChip key={chip.name} chip={chip} onRemove={() => onChange(without(filters, chip))} />
        ))}
        <input
          ref={inputRef}
          className={styles.input}
          role="combobox"
          aria-label="Search traces"
          aria-expanded={suggestions.length > 0}
          aria-controls={listId}
          aria-autocomplete="list"
          {...(suggestions[chosen] === undefined ? {} : { "aria-activedescendant": `${listId}-${chosen}` })}
          placeholder={
            chips.length === 0 ? "Text, model:, user:, session:, duration>2s, cost>0.05, status:error …" : ""
          }
          spellCheck={false}
          autoComplete="off"
          enterKeyHint="search"
          value={text}
          onChange={(event) => onType(event.target.value)}
          onKeyDown={onKeyDown}
          onFocus={() => setIsOpen(true)}
          onBlur={() => {
            setIsOpen(false);
            if (text.trim() !== "") commit(text);
          }}
        />
        <kbd className={styles.key} title="Press / to come here">
          /
        </kbd>
      </div>
      <SuggestionList id={listId} suggestions={suggestions} chosen={chosen} onTake={take} />
    </div>
  );
}

interface SuggestionListProps {
  id: string;
  suggestions: Suggestion[];
  chosen: number;
  onTake: (suggestion: Suggestion) => void;
}

function SuggestionList({ id, suggestions, chosen, onTake }: SuggestionListProps) {
  if (suggestions.length === 0) return null;
  return (
    // The keys of the input walk through it: as a stop of Tab it would be gone before it is reached, and the focus with it.
    <ul className={styles.list} id={id} role="listbox" aria-label="Suggestions" tabIndex={-1}>
      {suggestions.map((suggestion, index) => (
        <li
          key={suggestion.text}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === chosen}
          className={joinClasses(styles.option, index === chosen && styles.chosen)}
          onPointerDown={(event) => {
            // Keeps the focus in the input, whose loss would commit what is typed.
            event.preventDefault();
            onTake(suggestion);
          }}
        >
          <code>{suggestion.text}</code>
          <span className={styles.note}>{suggestion.note}</span>
        </li>
      ))}
    </ul>
  );
}

/** `/` anywhere outside a field moves the focus into the input. */
function useFocusKey(inputRef: RefObject<HTMLInputElement | null>) {
  useEffect(() => {
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      const { target } = event;
      const isTyping =
        target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
      if (event.key !== "/" || isTyping || event.metaKey || event.ctrlKey || event.altKey) return;
      event.preventDefault();
      inputRef.current?.focus();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [inputRef]);
}

function FilterChip({ chip, onRemove }: { chip: Chip; onRemove: () => void }) {
  return (
    <span className={styles.chip}>
      <span className={styles.field}>
        {chip.field}
        {chip.separator}
      </span>
      <span className={styles.value}>{chip.value}</span>
      <button
        type="button"
        className={styles.remove}
        aria-label={`Remove ${chip.field} ${chip.value}`}
        onClick={(event) => {
          event.stopPropagation();
          onRemove();
        }}
      >
        <X size={12} strokeWidth={2} aria-hidden="true" />
      </button>
    </span>
  );
}
