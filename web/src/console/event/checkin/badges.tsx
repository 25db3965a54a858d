/** Badges of a whole list, drawn in the office as files for the printer. */

import { useState } from "preact/hooks";
import {
  type BadgePaper,
  CheckInService,
  type GetDoorSettingsResponse,
} from "../../../gen/lanyard/checkin/v1/checkin_pb";
import { count } from "../../../lib/words";
import { Icon, Notice, Ready, Trouble } from "../../kit/bits";
import { say } from "../../kit/toast";
import { useAction, useLoad } from "../../load";
import { useEvent } from "../context";
import { download } from "../download";
import { useCheckIn, useChosenList } from "./context";
import { ListChoice, NoLists } from "./parts";

/** A size in millimetres. */
type Size = Pick<BadgePaper, "widthMm" | "heightMm">;

/** The shortest and the longest side of a badge that can be drawn. */
const bounds = { min: 40, max: 210 };

const textOf = ({ widthMm, heightMm }: Size) => `${widthMm}x${heightMm}`;
const within = (side: number) => Number.isInteger(side) && side >= bounds.min && side <= bounds.max;

/** Badges for everybody on a list. */
export function Badges() {
  const { client, lists } = useCheckIn();
  const { ids, may } = useEvent();
  const settings = useLoad((signal) => client.getDoorSettings(ids, { signal }), [ids.eventId]);
  if (!may(CheckInService.method.printBadges)) {
    return <p class="muted">Your role does not print badges.</p>;
  }
  if (lists.data?.length === 0) {
    return <NoLists />;
  }
  return <Ready of={settings}>{(now) => <Print now={now} onSaved={settings.reload} />}</Ready>;
}

/** What came of printing: whose badges are in the files. */
interface Made {
  listId: string;
  ticketIds: readonly string[];
  files: number;
}

function Print({ now, onSaved }: { now: GetDoorSettingsResponse; onSaved: () => void }) {
  const { client, lists } = useCheckIn();
  const { ids, may } = useEvent();
  const [list, choose] = useChosenList();
  const kept: Size = now.badgePaper ?? { widthMm: 62, heightMm: 100 };
  const [size, setSize] = useState(kept);
  const [onlyWithout, setOnlyWithout] = useState(false);
  const [made, setMade] = useState<Made | null>(null);
  const listId = list?.id ?? "";
  const print = useAction(
    async (requestId) => {
      if (textOf(size) !== textOf(kept) && may(CheckInService.method.saveBadgePaper)) {
        await client.saveBadgePaper({ ...ids, requestId, badgePaper: size });
        onSaved();
      }
      const ticketIds: string[] = [];
      let files = 0;
      for (let pageToken = ""; files === 0 || pageToken !== ""; files++) {
        const page = await client.printBadges({ ...ids, listId, ...size, onlyWithout, pageToken });
        const more = files > 0 || page.nextPageToken !== "";
        const name = more ? page.fileName.replace(/\.pdf$/, `-${files + 1}.pdf`) : page.fileName;
        download(page.content, name, "application/pdf");
        ticketIds.push(...page.ticketIds);
        pageToken = page.nextPageToken;
      }
      return { listId, ticketIds, files };
    },
    (result) => setMade(result),
  );
  const good = within(size.widthMm) && within(size.heightMm);
  return (
    <div class="stack">
      <form
        class="panel"
        aria-labelledby="badges"
        onSubmit={(e) => {
          e.preventDefault();
          setMade(null);
          void print.run();
        }}
      >
        <div class="panel__head">
          <h2 class="panel__title" id="badges">
            Badges for everybody on a list
          </h2>
        </div>
        <div class="panel__body stack">
          <p class="muted">
            A PDF with one badge on each page, in the order of names, at exactly the size of the
            paper: print it without scaling. Tablets and print stations use the same size.
          </p>
          <ListChoice lists={lists.data ?? []} chosen={list} onChoose={choose} />
          <PaperField papers={now.papers} size={size} onSize={setSize} />
          <label class="choice">
            <input
              type="checkbox"
              checked={onlyWithout}
              onChange={(e) => setOnlyWithout(e.currentTarget.checked)}
            />
            <span class="choice__title">Only those without a badge yet</span>
          </label>
          {print.problem !== null && <Trouble problem={print.problem} />}
          <div class="button-row">
            <button
              type="submit"
              class="button button--primary"
              disabled={!good || listId === ""}
              aria-busy={print.busy || undefined}
            >
              <Icon name="download" />
              Make the badges
            </button>
          </div>
        </div>
      </form>
      <div role="status">
        {made !== null && <Printed made={made} onDone={() => setMade(null)} />}
      </div>
    </div>
  );
}

/** Which paper: one that can be bought by name, or any other size. */
function PaperField(props: {
  papers: GetDoorSettingsResponse["papers"];
  size: Size;
  onSize: (size: Size) => void;
}) {
  const { papers, size, onSize } = props;
  const named = papers.flatMap(({ name, paper }) => (paper === undefined ? [] : [{ name, paper }]));
  const [own, setOwn] = useState(!named.some(({ paper }) => textOf(paper) === textOf(size)));
  const side = (label: string, key: keyof Size) => {
    const bad = !within(size[key]);
    return (
      <div class="field">
        <label class="field__label" for={key}>
          {label} in mm
        </label>
        <input
          id={key}
          class="input input--short"
          type="number"
          min={bounds.min}
          max={bounds.max}
          value={size[key] || ""}
          aria-invalid={bad || undefined}
          aria-describedby={bad ? `${key}-bad` : undefined}
          onInput={(e) => onSize({ ...size, [key]: e.currentTarget.valueAsNumber || 0 })}
        />
        {bad && (
          <p class="field__error" id={`${key}-bad`}>
            Between {bounds.min} and {bounds.max} mm.
          </p>
        )}
      </div>
    );
  };
  return (
    <>
      <div class="field">
        <label class="field__label" for="paper">
          Paper
        </label>
        <select
          id="paper"
          class="input input--medium"
          value={own ? "own" : textOf(size)}
          onChange={(e) => {
            const paper = named.find((one) => textOf(one.paper) === e.currentTarget.value)?.paper;
            setOwn(paper === undefined);
            if (paper !== undefined) {
              onSize({ widthMm: paper.widthMm, heightMm: paper.heightMm });
            }
          }}
        >
          {named.map(({ name, paper }) => (
            <option key={name} value={textOf(paper)}>
              {name}
            </option>
          ))}
          <option value="own">Another size…</option>
        </select>
        <p class="field__help">Kept for this event.</p>
      </div>
      {own && (
        <div class="row">
          {side("Width", "widthMm")}
          {side("Height", "heightMm")}
        </div>
      )}
    </>
  );
}

/** How many names one request notes. */
const atOnce = 1_000;

/** What was made, and the question whether it came out of the printer. */
function Printed({ made, onDone }: { made: Made; onDone: () => void }) {
  const { client } = useCheckIn();
  const { ids } = useEvent();
  const { listId, ticketIds, files } = made;
  const mark = useAction(
    async (requestId) => {
      for (let i = 0; i < ticketIds.length; i += atOnce) {
        const some = ticketIds.slice(i, i + atOnce);
        const part = `${requestId}-${i / atOnce}`;
        await client.markBadgesPrinted({ ...ids, requestId: part, listId, ticketIds: some });
      }
    },
    () => {
      say(`${count(ticketIds.length, "badge is", "badges are")} noted as printed.`);
      onDone();
    },
  );
  const where = files === 1 ? "in the file" : `in ${files} files`;
  return (
    <Notice tone="success" title={`${count(ticketIds.length, "badge is", "badges are")} ${where}.`}>
      <p>
        Once they have come out of the printer, say so: the next file can leave them out, and the
        door prints no second one for them.
      </p>
      {mark.problem !== null && <Trouble problem={mark.problem} />}
      <div class="button-row">
        <button
          type="button"
          class="button"
          aria-busy={mark.busy || undefined}
          onClick={() => void mark.run()}
        >
          {ticketIds.length === 1 ? "It is printed" : "They are printed"}
        </button>
      </div>
    </Notice>
  );
}
