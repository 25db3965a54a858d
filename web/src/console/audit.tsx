/** Who did what, newest first. */

import type { AuditEntry } from "../gen/lanyard/account/v1/account_pb";
import { count } from "../lib/words";
import { inWords, whoIn } from "./audit-words";
import { Empty, Head, More, Ready } from "./kit/bits";
import { SearchBox } from "./kit/search";
import { momentOf } from "./kit/times";
import { usePages } from "./load";
import { ask, query } from "./router";
import { useHere } from "./session";

/** The log. */
export function AuditLog() {
  const { org, clients } = useHere();
  const subject = query.value.get("subject") ?? "";
  const entries = usePages(
    async (pageToken, signal) => {
      const answer = await clients.audit.listAuditEntries(
        { orgId: org.id, subject, pageToken },
        { signal },
      );
      return { items: answer.entries, next: answer.nextPageToken };
    },
    [org.id, subject],
  );
  return (
    <>
      <Head title="Audit log" sub="Everything that was changed, by whom and when." />
      <search class="toolbar">
        <SearchBox
          id="audit-subject"
          placeholder="An identifier, such as evt_…"
          value={subject}
          onSearch={(text) => ask({ subject: text })}
        />
      </search>
      <Ready of={entries}>
        {(found) =>
          found.length === 0 ? (
            <Empty
              icon="log"
              title={subject === "" ? "Nothing happened yet" : "Nothing about that"}
            >
              {subject !== "" && (
                <button type="button" class="button" onClick={() => ask({ subject: "" })}>
                  Show everything
                </button>
              )}
            </Empty>
          ) : (
            <div class="stack" aria-busy={entries.loading || undefined}>
              <ol class="log">
                {found.map((entry) => (
                  <Entry key={entry.id} entry={entry} />
                ))}
              </ol>
              <More of={entries} what="entries" />
            </div>
          )
        }
      </Ready>
    </>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const changes = compare(entry.beforeJson, entry.afterJson);
  const name = nameIn(entry);
  return (
    <li class="log__entry">
      <div class="log__line">
        <p>
          <strong>{whoIn(entry.actor)}</strong> {inWords(entry.action)}
          {name !== "" && ` “${name}”`}
        </p>
        <p class="muted small">{momentOf(entry.at)}</p>
      </div>
      <div class="log__line">
        {changes.length > 0 ? (
          <details class="log__more">
            <summary>{count(changes.length, "value")}</summary>
            <dl class="answers answers--narrow">
              {changes.map(({ field, before, after }) => (
                <div class="answers__item" key={field}>
                  <dt>{field}</dt>
                  <dd>
                    {before !== null && <del>{before}</del>} {after !== null && <ins>{after}</ins>}
                  </dd>
                </div>
              ))}
            </dl>
          </details>
        ) : (
          <span />
        )}
        {entry.subject !== "" && (
          <button
            type="button"
            class="link-button log__subject"
            title="Show only what was done to this"
            onClick={() => ask({ subject: entry.subject })}
          >
            <code>{entry.subject}</code>
          </button>
        )}
      </div>
    </li>
  );
}

const names = ["title", "name", "email"];

/** What the act was done to is called, where the log happens to say so. */
export function nameIn({ beforeJson, afterJson }: Pick<AuditEntry, "beforeJson" | "afterJson">) {
  const values = Object.entries({ ...parse(beforeJson), ...parse(afterJson) });
  for (const wanted of names) {
    const found = values.find(([field]) => field.toLowerCase() === wanted)?.[1];
    if (typeof found === "string" && found !== "") {
      return found;
    }
  }
  return "";
}

/** One value that an act changed. */
export interface Change {
  field: string;
  before: string | null;
  after: string | null;
}

/** The values that differ, of two objects as JSON. What is no object has no values. */
export function compare(beforeJson: string, afterJson: string): Change[] {
  const [before, after] = [parse(beforeJson), parse(afterJson)];
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return fields
    .map((field) => ({ field, before: text(before[field]), after: text(after[field]) }))
    .filter((change) => change.before !== change.after);
}

function parse(json: string): Record<string, unknown> {
  try {
    const value: unknown = json === "" ? {} : JSON.parse(json);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string | null {
  if (value === undefined || value === null || value === "") {
    return null;
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
