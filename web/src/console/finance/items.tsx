/** What has no counterpart yet: why, probably, and the one thing to do about it. */

import { useState } from "preact/hooks";
import { labelOf, optionsOf } from "../../form/schema";
import {
  Band,
  BandSchema,
  ExplainItemRequestSchema,
  type Item,
  ItemAction,
  type Join,
  JoinSchema,
} from "../../gen/lanyard/finance/v1/finance_pb";
import { count } from "../../lib/words";
import { Empty, More, Ready } from "../kit/bits";
import { Choice } from "../kit/choice";
import { FormDialog } from "../kit/dialog";
import { SearchBox } from "../kit/search";
import { usePages } from "../load";
import { useOrderStep } from "../orders/step";
import { ask, query } from "../router";
import { useBooks } from "./gate";
import { FinanceHead } from "./parts";
import { about, amountOf, type ItemDialogProps, WriteOffDialog, which } from "./write-off";

const tones: Readonly<Partial<Record<Band, string>>> = {
  [Band.TIMING]: "good",
  [Band.WATCH]: "caution",
  [Band.EXCEPTION]: "bad",
};

/** All open items, filtered by the address. */
export function ItemsScreen() {
  const join = Number(query.value.get("join") ?? 0) as Join;
  const band = Number(query.value.get("band") ?? 0) as Band;
  const words = query.value.get("q") ?? "";
  return (
    <>
      <FinanceHead title="Open items" />
      <search class="toolbar">
        <SearchBox
          id="items-q"
          placeholder="Order, charge, payout or line"
          value={words}
          onSearch={(text) => ask({ q: text })}
        />
        <Choice
          id="items-join"
          name="Between"
          value={join}
          all="Anything"
          options={optionsOf(JoinSchema)}
          onChoose={(value) => ask({ join: value })}
        />
        <Choice
          id="items-band"
          name="Age"
          value={band}
          all="Any age"
          options={optionsOf(BandSchema)}
          onChoose={(value) => ask({ band: value })}
        />
      </search>
      <ItemList join={join} band={band} words={words} />
    </>
  );
}

interface ListProps {
  join: Join;
  band?: Band;
  words?: string;
  /** Shows so many and leads to the rest. */
  most?: number;
  /** How many there are, where that is known. */
  open?: number;
}

/** Open items as cards. */
export function ItemList({ join, band = Band.UNSPECIFIED, words = "", most, open }: ListProps) {
  const { org, finance, to } = useBooks();
  const [chosen, setChosen] = useState<{ what: "explain" | "write-off"; item: Item } | null>(null);
  const found = usePages(
    async (pageToken, signal) => {
      const answer = await finance.listItems(
        { orgId: org.id, join, band, query: words, pageSize: most ?? 50, pageToken },
        { signal },
      );
      return { items: answer.items, next: answer.nextPageToken };
    },
    [org.id, join, band, words, open ?? 0],
  );
  const close = () => setChosen(null);
  const done = () => {
    close();
    found.reload();
  };
  return (
    <Ready of={found} lines={2}>
      {(items) => (
        <>
          {items.length === 0 ? (
            most === undefined ? (
              <Empty icon="good" title="Nothing is open here" />
            ) : (
              <p class="muted">Nothing is open.</p>
            )
          ) : (
            <ul class="items">
              {items.map((item) => (
                <Card
                  key={`${item.account} ${item.ref} ${item.amount?.currency}`}
                  item={item}
                  onExplain={() => setChosen({ what: "explain", item })}
                  onWriteOff={() => setChosen({ what: "write-off", item })}
                />
              ))}
            </ul>
          )}
          {most === undefined && <More of={found} what="items" />}
          {most !== undefined && (open ?? 0) > items.length && (
            <a href={to(`finance/items?join=${join}`)}>All {count(open ?? 0, "open item")}</a>
          )}
          {chosen?.what === "explain" && (
            <ExplainDialog item={chosen.item} onClose={close} onDone={done} />
          )}
          {chosen?.what === "write-off" && (
            <WriteOffDialog item={chosen.item} onClose={close} onDone={done} />
          )}
        </>
      )}
    </Ready>
  );
}

interface CardProps {
  item: Item;
  onExplain: () => void;
  onWriteOff: () => void;
}

function Card({ item, onExplain, onWriteOff }: CardProps) {
  const { to } = useBooks();
  const { label, ref, days, band, guess, note, writeOff } = item;
  return (
    <li class="item">
      <div class="item__head">
        <strong class="amount">{amountOf(item)}</strong>
        <span class={`badge badge--state badge--${tones[band] ?? "info"}`}>
          {count(days, "day")}
        </span>
      </div>
      <a
        class="item__ref"
        href={to(`finance/books/${item.account}/${encodeURIComponent(ref)}`)}
        title={`${item.accountTitle}: ${ref}`}
      >
        {label || ref}
      </a>
      <p class="item__guess">{guess}</p>
      {note !== undefined && (
        <p class="item__note">
          Explained by {note.by}: {note.sentence}
        </p>
      )}
      {writeOff !== undefined && (
        <p class="item__note">
          {writeOff.mine ? "You asked" : `${writeOff.askedBy} asked`} to write it off:{" "}
          {writeOff.reason}
        </p>
      )}
      <div class="item__do">
        <Do item={item} onExplain={onExplain} onWriteOff={onWriteOff} />
      </div>
    </li>
  );
}

/** The one thing to do. */
function Do({ item, onExplain, onWriteOff }: CardProps) {
  const { to } = useBooks();
  const { action, todo, orderId, ref, writeOff } = item;
  if (writeOff !== undefined && !writeOff.mine) {
    return (
      <button type="button" class="button" onClick={onWriteOff}>
        Agree to write it off
      </button>
    );
  }
  const link = (page: string) => (
    <a class="button" href={to(page)}>
      {todo}
    </a>
  );
  const books = `finance/books/${item.account}/${encodeURIComponent(ref)}`;
  switch (action) {
    case ItemAction.WAIT:
      return <span class="muted">{todo}</span>;
    case ItemAction.REMIND:
    case ItemAction.REFUND:
    case ItemAction.CREATE_ORDER:
    case ItemAction.ANSWER:
      return link(orderId === "" ? books : `orders/${orderId}`);
    case ItemAction.MATCH:
      return link(ref.startsWith("bln_") ? `finance/bank?line=${ref}` : "finance/bank?open=1");
    case ItemAction.IMPORT:
      return link("finance/bank");
    case ItemAction.RULE:
      return link("finance/rules");
    case ItemAction.WRITE_OFF:
      return (
        <button type="button" class="button" onClick={onWriteOff}>
          {todo}
        </button>
      );
    case ItemAction.EXPLAIN:
      return (
        <button type="button" class="button" onClick={onExplain}>
          {todo}
        </button>
      );
    default:
      return link(books);
  }
}

/** Says why an item is open. */
export function ExplainDialog({ item, onClose, onDone }: ItemDialogProps) {
  const { org, finance } = useBooks();
  const form = useOrderStep({
    desc: ExplainItemRequestSchema,
    initial: { orgId: org.id, ...which(item), sentence: item.note?.sentence ?? "" },
    send: (request) => finance.explainItem(request),
    done: () => "The explanation is kept.",
    arrive: onDone,
  });
  return (
    <FormDialog title="Explain an open item" form={form} confirm="Keep it" onClose={onClose}>
      <p class="muted">{about(item)}</p>
    </FormDialog>
  );
}

/** The band of an item in words. */
export function bandText(band: Band): string {
  return labelOf(BandSchema, band);
}
