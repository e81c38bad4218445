import type { Span } from "@spanlight/contract";
import { CodeBlock } from "../../components/trace/code-block.tsx";
import { readConversation } from "../../lib/conversation.ts";
import { formatCount } from "../../lib/format.ts";
import { AttributeList } from "./attribute-list.tsx";
import { Conversation } from "./conversation.tsx";
import { DocumentList } from "./document-list.tsx";
import { EventList } from "./event-list.tsx";
import styles from "./span-tabs.module.css";

export type TabId = "conversation" | "tool" | "documents" | "events" | "attributes";

export interface TabEntry {
  id: TabId;
  name: string;
  count: string | null;
}

/** The tabs that a span has something for, the most telling first. */
export function listTabs(span: Span): TabEntry[] {
  const messages =
    span.inputMessages.length + span.outputMessages.length + (span.systemInstructions.length > 0 ? 1 : 0);
  const isModelCall = span.spanType === "model" || span.spanType === "agent";
  const attributes = Object.keys(span.attributes).length;
  const tabs: (TabEntry | false)[] = [
    span.documents.length > 0 && tab("documents", "Documents", span.documents.length),
    (span.toolArguments !== null || span.toolResult !== null) && tab("tool", "Call and result", null),
    (messages > 0 || (isModelCall && span.spanType === "model")) &&
      tab("conversation", "Conversation", messages),
    span.events.length > 0 && tab("events", "Events", span.events.length),
    tab("attributes", "Attributes", attributes),
  ];
  return tabs.filter((entry) => entry !== false);
}

function tab(id: TabId, name: string, count: number | null): TabEntry {
  return { id, name, count: count === null ? null : formatCount(count) };
}

/** What a tab shows. */
export function TabContent({ id, span }: { id: TabId; span: Span }) {
  switch (id) {
    case "conversation":
      return <Conversation messages={readConversation(span)} toolDefinitions={span.toolDefinitions} />;
    case "tool":
      return (
        <div className={styles.stack}>
          <h3>Arguments</h3>
          {span.toolArguments === null ? (
            <p className={styles.hint}>Not captured</p>
          ) : (
            <CodeBlock value={span.toolArguments} label="arguments" />
          )}
          <h3>Result</h3>
          {span.toolResult === null ? (
            <p className={styles.hint}>
              {span.status === "error" ? "None: the call failed" : "Not captured"}
            </p>
          ) : (
            <CodeBlock value={span.toolResult} label="result" />
          )}
        </div>
      );
    case "documents":
      return <DocumentList documents={span.documents} />;
    case "events":
      return <EventList events={span.events} startTime={span.startTime} />;
    case "attributes":
      return <AttributeList span={span} />;
  }
}
