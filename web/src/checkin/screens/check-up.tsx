/** "Test this tablet": everything that a door needs, tried before the doors open. */

import { useSignal } from "@preact/signals";
import { clockTime, shortDate } from "../../lib/time";
import { awake } from "../awake";
import { type Check, type CheckName, runChecks } from "../rehearsal";
import { Icon, Notice, Page } from "./bits";
import { useDoor } from "./context";
import { element, printPaper } from "./print";

/** Tries everything and shows a sheet that can be printed. */
export function CheckUp() {
  const door = useDoor();
  const checks = useSignal<readonly Check[]>([]);
  const busy = useSignal(false);
  const heard = useSignal<boolean | null>(null);
  const run = async () => {
    busy.value = true;
    heard.value = null;
    checks.value = [];
    await runChecks(door, (check) => {
      checks.value = [...checks.value.filter(({ name }) => name !== check.name), check];
    });
    busy.value = false;
  };
  const all = heard.value === null ? checks.value : checks.value.map(withSound(heard.value));
  const done = !busy.value && all.length > 0;
  const bad = all.filter(({ state }) => state === "bad").length;
  const good = done && bad === 0 && heard.value === true;
  return (
    <Page title="Test this tablet" back="numbers">
      <p>
        Tries camera, reader, sound, storage, clock and queue, and judges a ticket without the
        network. Do it on every tablet before the doors open.
      </p>
      <button
        type="button"
        class="button button--primary button--large"
        aria-busy={busy.value || undefined}
        onClick={() => void run()}
      >
        {all.length === 0 ? "Start the test" : "Test again"}
      </button>
      <ul class="lines" aria-live="polite">
        {all.map(({ name, state, text }) => (
          <li key={name} class="line" data-state={state}>
            <Icon name={state === "good" ? "good" : state === "bad" ? "bad" : "warn"} />
            <span class="line__what">
              <strong>{name}</strong>
              <span class="muted">{text}</span>
            </span>
          </li>
        ))}
      </ul>
      {done && heard.value === null && (
        <div class="row">
          <p>Did you hear three different sounds?</p>
          <button type="button" class="button" onClick={() => (heard.value = true)}>
            Yes
          </button>
          <button type="button" class="button" onClick={() => (heard.value = false)}>
            No
          </button>
        </div>
      )}
      {good && (
        <Notice tone="success" title="This tablet is ready.">
          <button type="button" class="link-button" onClick={() => void printPaper(sheet(), null)}>
            Print the sheet
          </button>
        </Notice>
      )}
      {done && bad > 0 && <Notice tone="error" title="This tablet is not ready for the door." />}
      <p class="muted">
        {awake.value === "yes" ? "The screen stays on." : "The screen may go dark by itself."}
      </p>
    </Page>
  );

  function sheet(): HTMLElement {
    const now = new Date(door.time.now());
    const { zone, gate } = door.book;
    const box = element("div", "list-paper");
    box.append(element("h1", "list-paper__title", `${gate}: ready`));
    const event = door.settings.value?.eventTitle ?? "";
    const when = `${event}. Tested ${shortDate(now, zone)}, ${clockTime(now, zone)}.`;
    box.append(element("p", "list-paper__made", when));
    const list = element("ul", "");
    list.append(...all.map(({ name, text }) => element("li", "", `☑ ${name}: ${text}`)));
    box.append(list);
    return box;
  }
}

const soundName: CheckName = "Sound";

function withSound(heard: boolean): (check: Check) => Check {
  return (check) =>
    check.name === soundName
      ? {
          ...check,
          state: heard ? "good" : "bad",
          text: heard ? "Heard" : "Not heard: turn the volume up",
        }
      : check;
}
