/** The numbers tab: how full it is, how fast it fills, what needs a look, and the tablet's tools. */

import { useSignal } from "@preact/signals";
import { Outcome, StaffRole } from "../../gen/lanyard/checkin/v1/checkin_pb";
import { clockTime } from "../../lib/time";
import type { Card } from "../card";
import { soundOn } from "../feel";
import { arrivalsOf, doneAt } from "../pace";
import { install, installed, onApple, startUpdate, updateReady } from "../program";
import { Ask, go, Icon, Notice, Shape } from "./bits";
import { askingPin, useDoor, useTablet } from "./context";
import { UndoDialog } from "./verdict";

/** The numbers tab. */
export function Numbers() {
  const door = useDoor();
  const list = door.list.value;
  const { expected, admitted, inside } = door.book.numbers(list?.id ?? "");
  return (
    <div class="sheet">
      <h1 class="sheet__title">Numbers</h1>
      <Attention />
      <dl class="stats">
        <Stat label="Came in" value={admitted} of={expected} />
        <Stat label="Still expected" value={Math.max(0, expected - admitted)} />
        {list?.details?.exits && <Stat label="Inside now" value={inside} />}
      </dl>
      <History />
      <Tools />
      <Arrivals />
      <Gates />
    </div>
  );
}

function Stat({ label, value, of }: { label: string; value: number; of?: number }) {
  return (
    <div class="stat">
      <dt class="stat__label">{label}</dt>
      <dd class="stat__value">
        {value}
        {of !== undefined && <span class="stat__of"> of {of}</span>}
      </dd>
    </div>
  );
}

/** What the shift lead should look into, and what could not be sent. */
function Attention() {
  const door = useDoor();
  const alerts = door.log.alerts.value;
  const { parked } = door.rows;
  return (
    <>
      {alerts.length > 0 && (
        <section class="panel">
          <h2 class="panel__title">To look into</h2>
          <ul class="lines">
            {alerts.map(({ id, text, at }) => (
              <li key={id} class="line">
                <span>
                  {clockTime(new Date(at), door.book.zone)} {text}
                </span>
                <button type="button" class="link-button" onClick={() => door.log.dismiss(id)}>
                  Seen to
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      {parked.length > 0 && (
        <section class="panel">
          <h2 class="panel__title">Could not be sent</h2>
          <p class="muted">These stay on the tablet until the server takes them.</p>
          <ul class="lines">
            {parked.map(({ seq, what, parked: why }) => (
              <li key={seq} class="line">
                <span>
                  {what.kind === "walkIn" ? `Walk-in ${what.walkIn.name}` : `Number ${seq}`}: {why}
                </span>
                <button type="button" class="link-button" onClick={() => void door.retry(seq)}>
                  Try again
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Arrivals() {
  const door = useDoor();
  const counts = door.book.counts.find(({ listId }) => listId === door.listId.value);
  const bars = arrivalsOf(counts?.arrivals ?? []);
  const { expected, admitted } = door.book.numbers(door.listId.value);
  if (bars.length === 0) {
    return null;
  }
  const most = Math.max(...bars.map(({ admitted: n }) => n), 1);
  const done = doneAt(bars, expected - admitted, door.time.now());
  const at = (ms: number) => clockTime(new Date(ms), door.book.zone);
  return (
    <section class="panel">
      <h2 class="panel__title">Arrivals in ten minutes each</h2>
      <ol class="bars">
        {bars.slice(-12).map(({ from, admitted: n }) => (
          <li key={from}>
            <span class="bars__when">{at(from)}</span>
            <progress class="bar" max={most} value={n} aria-label={`From ${at(from)}`} />
            <span class="bars__count">{n}</span>
          </li>
        ))}
      </ol>
      {done !== null && <p class="muted">At this pace everybody is in at {at(done)}.</p>}
    </section>
  );
}

function Gates() {
  const door = useDoor();
  const counts = door.book.counts.find(({ listId }) => listId === door.listId.value);
  const products = (counts?.products ?? []).filter(({ expected }) => expected > 0);
  if ((counts?.gates.length ?? 0) + products.length === 0) {
    return null;
  }
  return (
    <section class="panel">
      <h2 class="panel__title">By gate and ticket</h2>
      {door.post.link.value.state !== "live" && (
        <p class="muted">As the server last told; what waits here is not in it.</p>
      )}
      <ul class="lines">
        {counts?.gates.map(({ gate, admitted }) => (
          <li key={`gate ${gate}`} class="line">
            <span>{gate}</span>
            <span class="numeric">{admitted}</span>
          </li>
        ))}
        {products.map(({ productId, admitted, expected }) => (
          <li key={productId} class="line">
            <span>{door.book.product(productId)}</span>
            <span class="numeric">
              {admitted} of {expected}
            </span>
          </li>
        ))}
        {(counts?.refused ?? 0) > 0 && (
          <li class="line">
            <span>Turned away</span>
            <span class="numeric">{counts?.refused}</span>
          </li>
        )}
      </ul>
    </section>
  );
}

/** So many scans are enough to find the one that was a mistake. */
const few = 4;

/** The last cards of this tablet, each of which can be taken back. */
function History() {
  const door = useDoor();
  const undoing = useSignal<Card | null>(null);
  const all = useSignal(false);
  const known = door.log.history.value;
  const cards = all.value ? known : known.slice(0, few);
  return (
    <section class="panel">
      <h2 class="panel__title">The last scans here</h2>
      {cards.length === 0 && <p class="muted">None since the start.</p>}
      <ol class="lines">
        {cards.map((card) => (
          <li key={card.id} class="line">
            <span class="line__shape">
              <Shape tone={card.tone} />
            </span>
            <span class="line__what">
              <span dir="auto">{card.name || card.word}</span>
              <span class="muted">
                {clockTime(new Date(card.at), door.book.zone)}{" "}
                {card.undone ? "taken back" : card.name === "" ? card.sentence : card.word}
                {!card.confirmed && card.outcome !== Outcome.UNREADABLE && ", not confirmed yet"}
              </span>
            </span>
            {door.mayUndo(card) && (
              <button
                type="button"
                class="link-button"
                onClick={() => {
                  undoing.value = card;
                }}
              >
                Take back<span class="visually-hidden"> {card.name}</span>
              </button>
            )}
          </li>
        ))}
      </ol>
      {known.length > cards.length && (
        <button
          type="button"
          class="link-button"
          onClick={() => {
            all.value = true;
          }}
        >
          Show the last {known.length}
        </button>
      )}
      {undoing.value !== null && (
        <UndoDialog
          card={undoing.value}
          onClose={() => {
            undoing.value = null;
          }}
        />
      )}
    </section>
  );
}

function Tools() {
  const door = useDoor();
  const tablet = useTablet();
  const leaving = useSignal(false);
  const lead = door.role.value === StaffRole.LEAD;
  const staff = door.staff.value;
  const refused = useSignal("");
  const leave = async () => {
    if (!(await tablet.leave())) {
      refused.value = `${tablet.unsent} scans have not been sent. Bring the tablet to the network first.`;
    }
  };
  return (
    <section class="panel">
      <h2 class="panel__title">This tablet</h2>
      {updateReady.value && (
        <Notice title="A newer program is ready.">
          <button
            type="button"
            class="link-button"
            disabled={door.waiting.value.waiting > 0}
            onClick={startUpdate}
          >
            {door.waiting.value.waiting > 0 ? "Start it once nothing waits" : "Start it now"}
          </button>
        </Notice>
      )}
      {!installed() && onApple() && (
        <Notice tone="warning" title="Put the door on the home screen.">
          <p>
            Tap Share, then Add to Home Screen. Otherwise this system may clear the list after a
            week without use.
          </p>
        </Notice>
      )}
      <div class="tools">
        <Tool icon="people" text="Roll-call" onClick={() => go("muster")} />
        <Tool icon="plus" text="Walk-in" onClick={() => go("walk-in")} />
        <Tool icon="check" text="Test this tablet" onClick={() => go("check-up")} />
        <Tool icon="log" text="List on paper" onClick={() => go("paper")} />
        <Tool icon="edit" text="Hand scanner" onClick={() => go("scanner")} />
        <Tool
          icon="info"
          text={soundOn.value ? "Sound is on" : "Sound is off"}
          pressed={soundOn.value}
          onClick={() => {
            soundOn.value = !soundOn.value;
            void tablet.keep("sound", soundOn.value);
          }}
        />
        {install.value !== null && (
          <Tool icon="download" text="Install" onClick={() => void install.value?.()} />
        )}
        {staff === null ? (
          <Tool
            icon="person"
            text="Enter a PIN"
            onClick={() => {
              askingPin.value = true;
            }}
          />
        ) : (
          <Tool icon="lock" text={`${staff.label}: done`} onClick={() => door.lock()} />
        )}
        {lead && (
          <Tool
            icon="cross"
            text="Take out of service"
            onClick={() => {
              refused.value = "";
              leaving.value = true;
            }}
          />
        )}
      </div>
      {leaving.value && (
        <Ask
          title="Take this tablet out of service?"
          onClose={() => {
            leaving.value = false;
          }}
        >
          {refused.value !== "" && <Notice tone="error" title={refused.value} />}
          <p>The list on it is destroyed. To use it again, an organiser pairs it anew.</p>
          <button type="button" class="button button--danger" onClick={() => void leave()}>
            Take out of service
          </button>
        </Ask>
      )}
    </section>
  );
}

function Tool(props: { icon: string; text: string; onClick: () => void; pressed?: boolean }) {
  return (
    <button type="button" class="tool" aria-pressed={props.pressed} onClick={props.onClick}>
      <Icon name={props.icon} />
      <span>{props.text}</span>
    </button>
  );
}
