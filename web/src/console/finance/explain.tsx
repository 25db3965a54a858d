/** Saying what a bank line is about: one thing, or several with an amount each. */

import { create } from "@bufbuild/protobuf";
import { useState } from "preact/hooks";
import {
  type BankLine,
  type Candidate,
  MatchPartSchema,
  TargetKind,
} from "../../gen/lanyard/finance/v1/bank_pb";
import { decimal, price, readAmount } from "../../lib/money";
import { Icon, Ready, Unseen } from "../kit/bits";
import { SearchBox } from "../kit/search";
import { say } from "../kit/toast";
import { useAction, useLoad } from "../load";
import { useBooks } from "./gate";
import { Amount, dayText, Refusal } from "./parts";

/** A line, and what to do once it has changed. */
export interface ChangeProps {
  line: BankLine;
  onDone: (line: BankLine | undefined) => void;
}

/** A part of a line that is being explained. */
interface Part {
  kind: TargetKind;
  ref: string;
  title: string;
  text: string;
}

/** The form for it. */
export function Explain({ line, onDone }: ChangeProps) {
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
