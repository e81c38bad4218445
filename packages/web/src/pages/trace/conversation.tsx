import ChevronRight from "lucide-react/icons/chevron-right";
import ImageIcon from "lucide-react/icons/image";
import { useState, type ReactNode } from "react";
import { CodeBlock, LongText } from "../../components/trace/code-block.tsx";
import { CopyBlock } from "../../components/core/copy-button.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import type { ShownMessage, ShownPart } from "../../lib/conversation.ts";
import { plural } from "../../lib/format.ts";
import { parseIfJson, prettyJson } from "../../lib/pretty-json.ts";
import styles from "./conversation.module.css";

interface ConversationProps {
  messages: ShownMessage[];
  toolDefinitions: unknown[];
}

/** What was said in a call, as a conversation. */
export function Conversation({ messages, toolDefinitions }: ConversationProps) {
  if (messages.length === 0) {
    return (
      <div className={styles.empty}>
        <h3>The messages of this call were not captured</h3>
        <p>They may hold personal data, so the application decides. To record them, set where it runs:</p>
        <CopyBlock text="SPANLIGHT_CAPTURE_CONTENT=true" label="the setting" />
        <p>With another OpenTelemetry library:</p>
        <CopyBlock text="OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true" label="the setting" />
      </div>
    );
  }
  return (
    <ol className={styles.messages}>
      {toolDefinitions.length === 0 ? null : (
        <li>
          <Folded title="tools" note={plural(toolDefinitions.length, "definition")}>
            <CodeBlock value={toolDefinitions} label="tool definitions" />
          </Folded>
        </li>
      )}
      {messages.map((message, i) => (
        <li key={i}>
          <MessageCard message={message} />
        </li>
      ))}
    </ol>
  );
}

/** Instructions longer than this begin folded: they are the same in every call. */
const FOLDED_CHARACTERS = 160;

function MessageCard({ message }: { message: ShownMessage }) {
  const { role, name, parts, isAnswer } = message;
  const length = parts.reduce((sum, part) => sum + ("text" in part ? part.text.length : 0), 0);
  if (role === "system" && length > FOLDED_CHARACTERS) {
    return (
      <Folded title={role} note={plural(length, "character")}>
        <Parts parts={parts} />
      </Folded>
    );
  }
  const what = parts.some((part) => part.kind === "tool_call") ? "tool call" : "";
  return (
    <section className={joinClasses(styles.card, isAnswer && styles.answer)} aria-label={`${role} message`}>
      <header className={styles.head}>
        <b>{role}</b>
        {name === null ? null : <span>{name}</span>}
        <span className={styles.note}>{[what, isAnswer ? "this span" : ""].filter(Boolean).join(" · ")}</span>
      </header>
      <div className={styles.body}>
        {isSilent(parts) ? <p className={styles.label}>Nothing was said.</p> : <Parts parts={parts} />}
      </div>
    </section>
  );
}

/** A filtered answer, or one cut off before its first token, has no words. */
function isSilent(parts: readonly ShownPart[]): boolean {
  return parts.every((part) => part.kind === "text" && part.text === "");
}

function Folded({ title, note, children }: { title: string; note: string; children: ReactNode }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <section className={styles.card}>
      <button
        type="button"
        className={joinClasses(styles.head, styles.fold)}
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        <ChevronRight
          size={13}
          strokeWidth={1.75}
          aria-hidden="true"
          className={joinClasses(isOpen && styles.turned)}
        />
        <b>{title}</b>
        <span className={styles.note}>{note}</span>
      </button>
      {isOpen ? <div className={styles.body}>{children}</div> : null}
    </section>
  );
}

function Parts({ parts }: { parts: ShownPart[] }) {
  return parts.map((part, i) => <Part key={i} part={part} />);
}

function Part({ part }: { part: ShownPart }) {
  switch (part.kind) {
    case "text": {
      const parsed = parseIfJson(part.text);
      return typeof parsed === "string" ? (
        <LongText text={parsed} />
      ) : (
        <LongText code text={prettyJson(parsed)} />
      );
    }
    case "reasoning":
      return (
        <div className={styles.reasoning}>
          <span className={styles.label}>reasoning</span>
          {part.text === "" ? (
            <p className={styles.label}>The provider keeps it to itself.</p>
          ) : (
            <LongText text={part.text} />
          )}
        </div>
      );
    case "tool_call":
      return <LongText code text={`${part.name}(${writeArguments(part.toolArguments)})`} />;
    case "tool_result":
      return <LongText code text={prettyJson(part.result ?? null)} />;
    case "media":
      return (
        <p className={styles.media}>
          <ImageIcon size={15} strokeWidth={1.5} aria-hidden="true" />
          <span>{part.what}</span>
          <span className={styles.label}>{part.detail}</span>
        </p>
      );
    case "other":
      return (
        <div>
          <span className={styles.label}>{part.type}</span>
          <LongText code text={prettyJson(part.content)} />
        </div>
      );
  }
}

function writeArguments(toolArguments: unknown): string {
  return toolArguments === undefined || toolArguments === null ? "" : prettyJson(toolArguments, 48);
}
