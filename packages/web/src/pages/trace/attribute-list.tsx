import type { Span } from "@spanlight/contract";
import { useState } from "react";
import { CopyButton } from "../../components/core/copy-button.tsx";
import { LongText } from "../../components/trace/code-block.tsx";
import { prettyJson } from "../../lib/pretty-json.ts";
import styles from "./attribute-list.module.css";

interface AttributeGroup {
  title: string;
  attributes: Record<string, unknown>;
}

function listGroups(span: Span): AttributeGroup[] {
  const facts = {
    "span.id": span.spanId,
    ...(span.parentSpanId === null ? {} : { "span.parent_id": span.parentSpanId }),
    "span.kind": span.kind,
    "span.start": span.startTime,
    ...(span.dialect === null ? {} : { dialect: span.dialect }),
    ...(span.scope.name === "" ? {} : { scope: [span.scope.name, span.scope.version].join(" ").trim() }),
  };
  const links = Object.fromEntries(span.links.map((link, i) => [`link ${i + 1}`, link]));
  return [
    { title: "Span", attributes: span.attributes },
    { title: "Links", attributes: links },
    { title: "Resource", attributes: span.resource },
    { title: "Record", attributes: facts },
  ].filter(({ attributes }) => Object.keys(attributes).length > 0);
}

/** The attributes as they arrived, searchable, each with a button that copies its value. */
export function AttributeList({ span }: { span: Span }) {
  const [search, setSearch] = useState("");
  const needle = search.trim().toLowerCase();
  const groups = listGroups(span).map(({ title, attributes }) => ({
    title,
    entries: Object.entries(attributes)
      .map(([key, value]) => ({ key, text: prettyJson(value) }))
      .filter(({ key, text }) => `${key} ${text}`.toLowerCase().includes(needle))
      .sort((a, b) => (a.key < b.key ? -1 : 1)),
  }));
  const found = groups.filter(({ entries }) => entries.length > 0);
  return (
    <div className={styles.attributes}>
      <div className={styles.tools}>
        <input
          className={styles.search}
          type="search"
          aria-label="Search attributes"
          placeholder="Search keys and values"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <CopyButton text={JSON.stringify(span, null, 2)} label="the whole span as JSON" />
      </div>
      {found.length === 0 ? <p className={styles.none}>No key or value contains “{search}”.</p> : null}
      {found.map(({ title, entries }) => (
        <section key={title} aria-label={title}>
          <h3 className={styles.title}>{title}</h3>
          <dl>
            {entries.map(({ key, text }) => (
              <div key={key} className={styles.entry}>
                <dt className="mono">{key}</dt>
                <dd>
                  <LongText code text={text} />
                </dd>
                <span className={styles.copy}>
                  <CopyButton text={text} label={key} />
                </span>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}
