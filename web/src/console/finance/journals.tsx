/** Entries of the books, as they stand behind a figure. */

import type { Journal, Trace } from "../../gen/lanyard/finance/v1/report_pb";
import { price } from "../../lib/money";
import { grouped } from "../../lib/words";
import { Empty, More, Ready } from "../kit/bits";
import { Dialog } from "../kit/dialog";
import { usePages } from "../load";
import { useBooks } from "./gate";
import { dayText, kindText, nameOfRef } from "./parts";

/** What a figure was summed from, in a drawer. */
export function TraceDrawer(props: { title: string; trace: Trace; onClose: () => void }) {
  const { org, reports } = useBooks();
  const found = usePages(
    async (pageToken, signal) => {
      const answer = await reports.listJournals(
        { orgId: org.id, trace: props.trace, pageSize: 50, pageToken },
        { signal },
      );
      return { items: answer.journals, next: answer.nextPageToken };
    },
    [org.id],
  );
  return (
    <Dialog title={props.title} drawer onClose={props.onClose}>
      <Ready of={found}>
        {(journals) =>
          journals.length === 0 ? (
            <Empty icon="search" title="No entry" />
          ) : (
            <>
              <JournalList journals={journals} />
              <More of={found} what="entries" />
            </>
          )
        }
      </Ready>
    </Dialog>
  );
}

/** Entries with their lines, the oldest first. */
export function JournalList({ journals }: { journals: readonly Journal[] }) {
  const { to } = useBooks();
  return (
    <ul class="journals">
      {journals.map((j) => (
        <li class="journal" key={j.id}>
          <div class="journal__head">
            <strong>{kindText(j.kind)}</strong>
            <span>{dayText(j.day)}</span>
            {j.reversal && <span class="badge badge--warm">Takes another back</span>}
          </div>
          <p class="table__sub">
            {j.memo}
            {j.orderId !== "" && (
              <>
                {" · "}
                <a href={to(`orders/${j.orderId}`)}>Order {grouped(j.orderCode)}</a>
              </>
            )}
            {j.eventTitle !== "" && ` · ${j.eventTitle}`}
          </p>
          <table class="journal__lines">
            <caption class="visually-hidden">Lines of {kindText(j.kind)}</caption>
            <thead class="visually-hidden">
              <tr>
                <th scope="col">Account</th>
                <th scope="col">Debit</th>
                <th scope="col">Credit</th>
              </tr>
            </thead>
            <tbody>
              {j.lines.map((l) => (
                <tr key={`${l.account} ${l.ref} ${l.currency} ${l.amountMinor}`}>
                  <th scope="row">
                    {l.accountTitle}
                    <a
                      class="table__sub"
                      href={to(`finance/books/${l.account}/${encodeURIComponent(l.ref)}`)}
                    >
                      {nameOfRef(l.ref, [j])}
                    </a>
                  </th>
                  <td>{l.amountMinor > 0n ? price(l.amountMinor, l.currency) : ""}</td>
                  <td>{l.amountMinor < 0n ? price(-l.amountMinor, l.currency) : ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </li>
      ))}
    </ul>
  );
}
