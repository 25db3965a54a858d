/** Who did what, newest first. */

import type { AuditEntry } from "../gen/lanyard/account/v1/account_pb";
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
  return (
    <li class="log__entry">
      <p class="log__line">
        <strong>{entry.actor}</strong> <span>{inWords(entry.action)}</span>
        {entry.subject !== "" && (
          <button
            type="button"
            class="link-button log__subject"
            onClick={() => ask({ subject: entry.subject })}
          >
            <code>{entry.subject}</code>
          </button>
        )}
      </p>
      <p class="muted small">{momentOf(entry.at)}</p>
      {changes.length > 0 && (
        <details class="log__more">
          <summary>What changed ({changes.length})</summary>
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
      )}
    </li>
  );
}

/** What a recorded act is called; others are shown as they are. */
const acts: Readonly<Record<string, string>> = {
  "event.create": "created the event",
  "event.update": "changed the event",
  "event.clone": "made a copy of an event",
  "event.publish": "published the event",
  "event.close_sales": "closed registration",
  "event.reopen_sales": "opened registration again",
  "event.move": "moved the event",
  "event.postpone": "postponed the event",
  "event.cancel": "cancelled the event",
  "event.archive": "archived the event",
  "event.import": "imported the event",
  "session.create": "added a session",
  "session.update": "changed a session",
  "session.cancel": "cancelled a session",
  "form.save": "changed the registration form",
  "registration.cancel": "cancelled the registration",
  "registration.correct": "corrected the registration",
  "registration.hand_over": "handed the registration over",
  "registration.resend": "sent the confirmation again",
  "registration.approve": "approved the application",
  "registration.decline": "declined the application",
};

function inWords(action: string): string {
  return acts[action] ?? action.replace(/[._]/g, " ");
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
