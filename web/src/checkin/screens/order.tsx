/** A whole order at the door: who of it comes in now. */

import { useSignal } from "@preact/signals";
import { dayOf, letsThrough } from "../judge";
import { Notice, Page } from "./bits";
import { orderCode, useDoor } from "./context";

/** Lets several tickets of one order in. */
export function Order() {
  const door = useDoor();
  const list = door.list.value;
  const day = dayOf(list?.details?.mode ?? 0, door.time.now(), door.book.zone);
  const tickets = door.book
    .order(orderCode.value)
    .filter((ticket) => ticket.name !== "")
    .map((ticket) => ({
      ticket,
      came: door.book.standing(ticket.id, list?.id ?? "", day).entries > 0,
      counts: list !== undefined && door.book.admits(list, ticket),
    }))
    .sort(
      (a, b) =>
        Number(a.came) - Number(b.came) || a.ticket.name.localeCompare(b.ticket.name, "en-GB"),
    );
  const open = tickets.filter(({ came, counts }) => !came && counts);
  const left = useSignal<readonly string[]>([]);
  const done = useSignal("");
  const chosen = open.filter(({ ticket }) => !left.value.includes(ticket.id));
  const admit = async () => {
    const cards = await door.admitOrder(chosen.map(({ ticket }) => ticket.id));
    door.log.clear();
    const inside = cards.filter((card) => letsThrough(card.outcome));
    const others = cards.filter((card) => !letsThrough(card.outcome));
    done.value = [
      `${inside.length} of ${tickets.length} let in now.`,
      ...others.map((card) => `${card.name}: ${card.word}. ${card.sentence}`),
    ].join(" ");
  };
  return (
    <Page title={`Order ${orderCode.value}`} back="scan">
      <p role="status">{done.value}</p>
      {open.length === 0 && <Notice tone="success" title="Everybody of this order has come in." />}
      <ul class="people">
        {tickets.map(({ ticket, came, counts }) => (
          <li key={ticket.id} class="person">
            <label class="person__tick">
              <input
                type="checkbox"
                checked={came || (counts && !left.value.includes(ticket.id))}
                disabled={came || !counts}
                onChange={(e) => {
                  const others = left.value.filter((id) => id !== ticket.id);
                  left.value = e.currentTarget.checked ? others : [...others, ticket.id];
                }}
              />
              <span>
                <span class="person__name" dir="auto">
                  {ticket.name}
                </span>
                <span class="person__from">
                  {came
                    ? "Has come in"
                    : counts
                      ? door.book.product(ticket.productId)
                      : "Not for this list"}
                </span>
              </span>
            </label>
          </li>
        ))}
      </ul>
      {open.length > 0 && (
        <button
          type="button"
          class="button button--primary button--large"
          disabled={chosen.length === 0}
          onClick={() => void admit()}
        >
          Let in {chosen.length} of {tickets.length}
        </button>
      )}
    </Page>
  );
}
