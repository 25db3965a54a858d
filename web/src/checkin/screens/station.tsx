/** The print station: badges of its gate come out here, each once. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { PrintJob } from "../../gen/lanyard/checkin/v1/checkin_pb";
import { claimBadge, finishBadge } from "../guest";
import { useDoor } from "./context";
import { paperOf, printOne } from "./print";
import { Status } from "./status";

/** How often work is asked for. */
const every = 2_000;

/** Prints what is asked for at the gate, one badge after the other. */
export function Station() {
  const door = useDoor();
  const printed = useSignal<readonly { id: string; name: string; reprint: boolean }[]>([]);
  const all = useSignal(false);
  const said = useSignal("Waiting for badges");
  useEffect(() => {
    let stopped = false;
    const work = async () => {
      while (!stopped) {
        const job = await claimBadge(door, all.peek());
        if (job === null) {
          await new Promise((resolve) => setTimeout(resolve, every));
          continue;
        }
        said.value = `Printing ${job.name}`;
        await print(job);
        await finishBadge(door, job.id);
        const done = { id: job.id, name: job.name, reprint: job.reprint };
        printed.value = [done, ...printed.value].slice(0, 20);
        said.value = "Waiting for badges";
      }
    };
    void work();
    return () => {
      stopped = true;
    };
  }, []);
  const print = ({ name, organisation, product, badges, code }: PrintJob) => {
    const settings = door.settings.peek();
    const event = settings?.eventTitle ?? "";
    return printOne({ name, organisation, product, badges, code, event }, settings);
  };
  const { widthMm, heightMm } = paperOf(door.settings.value);
  return (
    <main class="sheet">
      <h1 class="sheet__title">Print station</h1>
      <Status />
      <p class="muted">
        Badges of gate {door.book.gate}, {widthMm} × {heightMm} mm each. Switch off scaling and
        margins in the printing dialogue.
      </p>
      <p role="status">{said.value}</p>
      <label class="pick pick--plain">
        <input
          type="checkbox"
          checked={all.value}
          onChange={(e) => {
            all.value = e.currentTarget.checked;
          }}
        />
        <span>Print for all gates</span>
      </label>
      <ol class="lines">
        {printed.value.map(({ id, name, reprint }) => (
          <li key={id} class="line">
            <span dir="auto">{name}</span>
            {reprint && <span class="badge">Printed again</span>}
          </li>
        ))}
      </ol>
    </main>
  );
}
