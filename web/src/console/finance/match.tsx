/** One bank line: what explains it, what it may be about, taking it back, writing it off. */

import { useEffect, useRef, useState } from "preact/hooks";
import { labelOf } from "../../form/schema";
import {
  type BankLine,
  type Match,
  TargetKind,
  TargetKindSchema,
  UnmatchLineRequestSchema,
} from "../../gen/lanyard/finance/v1/bank_pb";
import { price } from "../../lib/money";
import { Ready, Unseen } from "../kit/bits";
import { Dialog, FormDialog } from "../kit/dialog";
import { momentOf } from "../kit/times";
import { useLoad } from "../load";
import { useOrderStep } from "../orders/step";
import { LinePill } from "./bank";
import { type ChangeProps, Explain } from "./explain";
import { useBooks } from "./gate";
import { dayText } from "./parts";
import { WriteOffs } from "./write-off";

interface LineProps {
  id: string;
  onClose: () => void;
  /** Comes after each change. */
  onDone: () => void;
}

/** The dialogue. */
export function LineDialog({ id, onClose, onDone }: LineProps) {
  const { org, bank } = useBooks();
  const found = useLoad(
    async (signal) => (await bank.getBankLine({ orgId: org.id, lineId: id }, { signal })).line,
    [org.id, id],
  );
  const changed = (line: BankLine | undefined) => {
    found.set(line);
    onDone();
  };
  return (
    <Dialog title="Bank line" drawer onClose={onClose}>
      <Ready of={found}>
        {(line) =>
          line === undefined ? null : (
            <>
              <Facts line={line} />
              <Matches line={line} onDone={changed} />
              {line.openMinor !== 0n && (
                <Explain key={String(line.openMinor)} line={line} onDone={changed} />
              )}
              <LineWriteOffs
                line={line}
                onDone={() => {
                  found.reload();
                  onDone();
                }}
              />
            </>
          )
        }
      </Ready>
    </Dialog>
  );
}

function Facts({ line }: { line: BankLine }) {
  return (
    <dl class="answers answers--narrow">
      <div class="answers__item">
        <dt>Amount</dt>
        <dd>
          <strong>{price(line.amountMinor, line.currency)}</strong> <LinePill state={line.state} />
        </dd>
      </div>
      {line.openMinor !== 0n && line.openMinor !== line.amountMinor && (
        <div class="answers__item">
          <dt>To be explained</dt>
          <dd>{price(line.openMinor, line.currency)}</dd>
        </div>
      )}
      <div class="answers__item">
        <dt>Day</dt>
        <dd>{dayText(line.day)}</dd>
      </div>
      <div class="answers__item">
        <dt>Text</dt>
        <dd>{[line.text, line.party, line.reference].filter((w) => w !== "").join(" · ")}</dd>
      </div>
    </dl>
  );
}

function Matches({ line, onDone }: ChangeProps) {
  const { to } = useBooks();
  const [back, setBack] = useState<Match | null>(null);
  // What was just matched leaves with its form; whoever goes by the keyboard stays here.
  const head = useRef<HTMLHeadingElement>(null);
  const live = line.matches.filter((m) => m.live).length;
  const before = useRef(live);
  useEffect(() => {
    if (live > before.current) {
      head.current?.focus();
    }
    before.current = live;
  }, [live]);
  if (line.matches.length === 0) {
    return null;
  }
  return (
    <section aria-labelledby="explained">
      <h3 id="explained" ref={head} tabIndex={-1}>
        Explained by
      </h3>
      <ul class="entries">
        {line.matches.map((m) => (
          <li class="entry" key={m.id}>
            <div class="entry__text">
              <strong>{price(m.amountMinor, line.currency)}</strong>{" "}
              {labelOf(TargetKindSchema, m.kind)}{" "}
              {m.kind === TargetKind.ORDER ? (
                <a href={to(`orders/${m.ref}`)}>{m.ref}</a>
              ) : m.kind === TargetKind.PAYOUT ? (
                <a href={to(`finance/payouts/${m.ref}`)}>{m.ref}</a>
              ) : (
                m.ref
              )}
              <span class="table__sub">
                {m.automatic ? "By itself" : m.by}, {momentOf(m.at)}
                {m.reason !== "" && `: ${m.reason}`}
              </span>
              {!m.live && (
                <span class="table__sub">
                  Taken back by {m.unmatchedBy}, {momentOf(m.unmatchedAt)}: {m.unmatchReason}
                </span>
              )}
            </div>
            {m.live ? (
              <button type="button" class="button" onClick={() => setBack(m)}>
                Take back<Unseen> {m.ref}</Unseen>
              </button>
            ) : (
              <span class="badge">Taken back</span>
            )}
          </li>
        ))}
      </ul>
      {back !== null && (
        <UnmatchDialog
          match={back}
          onClose={() => setBack(null)}
          onDone={(next) => {
            setBack(null);
            onDone(next);
          }}
        />
      )}
    </section>
  );
}

function UnmatchDialog(props: {
  match: Match;
  onClose: () => void;
  onDone: (line: BankLine | undefined) => void;
}) {
  const { org, bank } = useBooks();
  const form = useOrderStep({
    desc: UnmatchLineRequestSchema,
    initial: { orgId: org.id, matchId: props.match.id },
    send: (request) => bank.unmatchLine(request),
    done: () => "It is taken back.",
    arrive: (answer) => props.onDone(answer.line),
  });
  return (
    <FormDialog
      title="Take the explanation back?"
      form={form}
      consequences={[
        { icon: "swap", text: "An entry of today reverses it; both stay in the books." },
      ]}
      confirm="Take it back"
      danger
      onClose={props.onClose}
    />
  );
}

/** What of the line is written off, or may be. */
function LineWriteOffs({ line, onDone }: { line: BankLine; onDone: () => void }) {
  const { org, finance } = useBooks();
  const found = useLoad(
    (signal) =>
      finance.getDetail({ orgId: org.id, account: "bank_suspense", ref: line.id }, { signal }),
    [org.id, line.id, String(line.openMinor)],
  );
  const done = () => {
    found.reload();
    onDone();
  };
  return (
    <Ready of={found} lines={1}>
      {({ items, writtenOff }) => (
        <WriteOffs
          account="bank_suspense"
          reference={line.id}
          items={items}
          writtenOff={writtenOff}
          onDone={done}
        />
      )}
    </Ready>
  );
}
