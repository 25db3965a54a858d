/** One bank line: what explains it, what it may be about, splitting it, taking it back. */

import { create } from "@bufbuild/protobuf";
import { useState } from "preact/hooks";
import { labelOf } from "../../form/schema";
import {
  AskWriteOffRequestSchema,
  type BankLine,
  type Candidate,
  type Match,
  MatchPartSchema,
  TargetKind,
  TargetKindSchema,
  UnmatchLineRequestSchema,
  WriteOffDecision,
} from "../../gen/lanyard/finance/v1/bank_pb";
import { decimal, price, readAmount } from "../../lib/money";
import { Icon, Ready, Unseen } from "../kit/bits";
import { Dialog, FormDialog } from "../kit/dialog";
import { SearchBox } from "../kit/search";
import { momentOf } from "../kit/times";
import { say } from "../kit/toast";
import { useAction, useLoad } from "../load";
import { useOrderStep } from "../orders/step";
import { LinePill } from "./bank";
import { useBooks } from "./gate";
import { Amount, dayText, Refusal } from "./parts";

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
                <>
                  <Explain key={String(line.openMinor)} line={line} onDone={changed} />
                  <WriteOff line={line} onDone={changed} />
                </>
              )}
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

interface ChangeProps {
  line: BankLine;
  onDone: (line: BankLine | undefined) => void;
}

function Matches({ line, onDone }: ChangeProps) {
  const { to } = useBooks();
  const [back, setBack] = useState<Match | null>(null);
  if (line.matches.length === 0) {
    return null;
  }
  return (
    <section aria-labelledby="explained">
      <h3 id="explained">Explained by</h3>
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

/** A part of a line that is being explained. */
interface Part {
  kind: TargetKind;
  ref: string;
  title: string;
  text: string;
}

function Explain({ line, onDone }: ChangeProps) {
  const { org, bank } = useBooks();
  const [words, setWords] = useState("");
  const [parts, setParts] = useState<readonly Part[]>([]);
  const [other, setOther] = useState("");
  const [note, setNote] = useState("");
  const found = useLoad(
    async (signal) =>
      (await bank.listCandidates({ orgId: org.id, lineId: line.id, query: words }, { signal }))
        .candidates,
    [line.id, words],
  );
  const amounts = parts.map((p) => readSigned(p.text, line.currency));
  const sum = amounts.reduce<bigint>((n, a) => n + (a ?? 0n), 0n);
  const left = line.openMinor - sum;
  const wrong = amounts.some((a) => a === null || a === 0n);
  const save = useAction(
    (requestId) =>
      bank.matchLine({
        orgId: org.id,
        requestId,
        lineId: line.id,
        reason: note,
        parts: parts.map((p, i) =>
          create(MatchPartSchema, { kind: p.kind, ref: p.ref, amountMinor: amounts[i] ?? 0n }),
        ),
      }),
    (answer) => {
      say("The line is explained.");
      onDone(answer.line);
    },
  );
  const add = (kind: TargetKind, ref: string, title: string, wanted?: bigint) => {
    const fits = wanted !== undefined && sameSign(wanted, left) && less(wanted, left);
    const amount = fits ? wanted : left;
    setParts([...parts, { kind, ref, title, text: decimal(amount, line.currency) }]);
  };
  return (
    <section class="stack" aria-labelledby="explain">
      <h3 id="explain">What is it about?</h3>
      <search class="toolbar">
        <SearchBox
          id="candidates-q"
          placeholder="Payout, order code, company"
          value={words}
          onSearch={setWords}
        />
      </search>
      <Ready of={found} lines={2}>
        {(candidates) => (
          <Candidates
            candidates={candidates.filter((c) => !parts.some((p) => p.ref === c.ref))}
            onChoose={(c) => add(c.kind, c.ref, c.title, c.amount?.minor)}
          />
        )}
      </Ready>
      <form
        class="adding"
        onSubmit={(e) => {
          e.preventDefault();
          if (other.trim() !== "") {
            add(TargetKind.OTHER, other.trim(), other.trim());
            setOther("");
          }
        }}
      >
        <div class="field">
          <label class="field__label" for="other">
            Something else, such as rent
          </label>
          <input
            id="other"
            class="input"
            maxLength={100}
            value={other}
            onInput={(e) => setOther(e.currentTarget.value)}
          />
        </div>
        <button type="submit" class="button">
          Add
        </button>
      </form>
      {parts.length > 0 && (
        <form
          class="parts"
          onSubmit={(e) => {
            e.preventDefault();
            void save.run();
          }}
        >
          {parts.map((p, i) => (
            <div class="part" key={p.ref}>
              <span class="part__title">{p.title}</span>
              <input
                class="input input--short"
                aria-label={`Amount for ${p.title}`}
                inputMode="decimal"
                aria-invalid={amounts[i] === null || undefined}
                value={p.text}
                onInput={(e) => {
                  const text = e.currentTarget.value;
                  setParts(parts.map((q, k) => (k === i ? { ...q, text } : q)));
                }}
              />
              <button
                type="button"
                class="button button--quiet button--icon"
                aria-label={`Leave ${p.title} out`}
                onClick={() => setParts(parts.filter((_, k) => k !== i))}
              >
                <Icon name="cross" />
              </button>
            </div>
          ))}
          <p role="status" class="muted">
            {left === 0n
              ? "All of the line is explained."
              : `${price(left, line.currency)} of the line stays open.`}
          </p>
          <div class="field">
            <label class="field__label" for="match-note">
              Note for the books
            </label>
            <input
              id="match-note"
              class="input"
              maxLength={500}
              value={note}
              onInput={(e) => setNote(e.currentTarget.value)}
            />
          </div>
          {save.problem !== null && <Refusal problem={save.problem} />}
          <button
            type="submit"
            class="button button--primary"
            disabled={wrong}
            aria-busy={save.busy || undefined}
          >
            {parts.length === 1 ? "Match" : `Split over ${parts.length}`}
          </button>
        </form>
      )}
    </section>
  );
}

function readSigned(text: string, currency: string): bigint | null {
  const trimmed = text.trim();
  const found = readAmount(trimmed.replace(/^[-−]/, ""), currency);
  return found === null ? null : /^[-−]/.test(trimmed) ? -found : found;
}

function sameSign(a: bigint, b: bigint): boolean {
  return a < 0n === b < 0n;
}

function less(a: bigint, b: bigint): boolean {
  return b < 0n ? a >= b : a <= b;
}

function Candidates(props: {
  candidates: readonly Candidate[];
  onChoose: (candidate: Candidate) => void;
}) {
  if (props.candidates.length === 0) {
    return <p class="muted">Nothing fits. Look for it by name, or say what else it is.</p>;
  }
  return (
    <ul class="entries">
      {props.candidates.map((c) => (
        <li class="entry" key={`${c.kind} ${c.ref}`}>
          <div class="entry__text">
            <strong>{c.title}</strong>
            {c.exact && <span class="badge badge--state badge--good">Same amount</span>}
            <span class="table__sub">
              <Amount of={c.amount} />
              {c.day !== "" && `, expected ${dayText(c.day)}`}
            </span>
            <span class="table__sub">{c.why.join(" · ")}</span>
          </div>
          <button type="button" class="button" onClick={() => props.onChoose(c)}>
            Choose<Unseen> {c.title}</Unseen>
          </button>
        </li>
      ))}
    </ul>
  );
}

function WriteOff({ line, onDone }: ChangeProps) {
  const { org, bank } = useBooks();
  const [asking, setAsking] = useState(false);
  const waiting = line.writeOff;
  const decide = useAction(
    (requestId, decision: WriteOffDecision) =>
      bank.decideWriteOff({ orgId: org.id, requestId, writeOffId: waiting?.id ?? "", decision }),
    (answer) => onDone(answer.line),
  );
  const form = useOrderStep({
    desc: AskWriteOffRequestSchema,
    initial: { orgId: org.id, lineId: line.id },
    send: (request) => bank.askWriteOff(request),
    done: () => "Now another person has to agree.",
    arrive: (answer) => {
      setAsking(false);
      onDone(answer.line);
    },
  });
  if (waiting !== undefined) {
    return (
      <section class="stack" aria-label="Write-off">
        <p>
          {waiting.mine ? "You asked" : `${waiting.askedBy} asked`} to write{" "}
          {price(waiting.amountMinor, waiting.currency)} off: {waiting.reason}
        </p>
        {decide.problem !== null && <Refusal problem={decide.problem} />}
        <div class="button-row">
          {waiting.mine ? (
            <button
              type="button"
              class="button"
              onClick={() => void decide.run(WriteOffDecision.WITHDRAWN)}
            >
              Take the request back
            </button>
          ) : (
            <>
              <button
                type="button"
                class="button button--danger"
                onClick={() => void decide.run(WriteOffDecision.APPROVED)}
              >
                Agree, write it off
              </button>
              <button
                type="button"
                class="button"
                onClick={() => void decide.run(WriteOffDecision.DECLINED)}
              >
                Decline
              </button>
            </>
          )}
        </div>
      </section>
    );
  }
  return (
    <>
      <button type="button" class="link-button" onClick={() => setAsking(true)}>
        Write the rest off
      </button>
      {asking && (
        <FormDialog
          title={`Write ${price(line.openMinor, line.currency)} off?`}
          form={form}
          consequences={[
            { icon: "people", text: "A second person has to agree before it is booked." },
          ]}
          confirm="Ask for it"
          danger
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
