/** Who did what, newest first. */

import type { AuditEntry } from "../gen/lanyard/account/v1/account_pb";
import { count } from "../lib/words";
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
          <strong>{entry.actor || "Somebody"}</strong> {inWords(entry.action)}
          {name !== "" && ` “${name}”`}
        </p>
        <p class="muted small nowrap">{momentOf(entry.at)}</p>
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

/** What a recorded act is called; others are shown as they are. */
const acts: Readonly<Record<string, string>> = {
  "event.create": "created an event",
  "event.update": "changed an event",
  "event.clone": "made a copy of an event",
  "event.publish": "published an event",
  "event.close_sales": "closed registration",
  "event.reopen_sales": "opened registration again",
  "event.move": "moved an event",
  "event.postpone": "postponed an event",
  "event.cancel": "cancelled an event",
  "event.archive": "archived an event",
  "event.import": "imported an event",
  "session.create": "added a session",
  "session.update": "changed a session",
  "session.cancel": "cancelled a session",
  "code.create": "added a code",
  "code.update": "changed a code",
  "company.create": "added a member company",
  "company.update": "changed a member company",
  "pool.create": "added a pool",
  "pool.update": "changed a pool",
  "pool.delete": "deleted a pool",
  "product.create": "added a product",
  "product.update": "changed a product",
  "product.archive": "stopped offering a product",
  "form.save": "changed a registration form",
  "registration.cancel": "cancelled a registration",
  "registration.correct": "corrected a registration",
  "registration.decide": "decided on an application",
  "registration.export": "downloaded the registrations",
  "registration.hand_over": "handed a registration over",
  "registration.resend": "sent a confirmation again",
  "organisation.create": "created the organisation",
  "organisation.update": "changed the settings",
  "member.add": "added somebody to the team",
  "member.update": "changed a role",
  "member.remove": "removed somebody from the team",
  "invitation.create": "invited somebody",
  "invitation.accept": "accepted an invitation",
  "invitation.revoke": "withdrew an invitation",
  "person.rename": "changed their name",
  "sign_in.create": "signed in",
  "sign_in.revoke": "signed a browser out",
  "rpc.denied": "tried what their role does not allow",
};

function inWords(action: string): string {
  return acts[action] ?? action.replace(/[._]/g, " ");
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
