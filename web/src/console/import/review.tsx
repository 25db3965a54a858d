/** What a file would do, and the choice to let it. */

import { useState } from "preact/hooks";
import type { ImportEventsResponse } from "../../gen/lanyard/catalog/v1/catalog_pb";
import { sentence } from "../../lib/errors";
import { count, number } from "../../lib/words";
import { Notice } from "../kit/bits";
import { Consequences, Dialog } from "../kit/dialog";
import { useAction } from "../load";
import { useHere } from "../session";
import type { Tried } from "./screen";

interface ReviewProps {
  tried: Tried;
  onWritten: (report: ImportEventsResponse) => void;
}

/** The totals of a dry run, what may be chosen, and the button that does it. */
export function Review({ tried, onWritten }: ReviewProps) {
  const { org, clients } = useHere();
  const [atomic, setAtomic] = useState(true);
  const [publish, setPublish] = useState(false);
  const [asking, setAsking] = useState(false);
  const { report } = tried;
  const write = useAction(
    (requestId) =>
      clients.events.importEvents({ orgId: org.id, requestId, csv: tried.csv, atomic, publish }),
    (answer) => {
      setAsking(false);
      onWritten(answer);
    },
  );
  const changes = report.created + report.updated;
  const blocked = changes === 0 || (atomic && report.refused > 0);
  return (
    <section class="stack" aria-labelledby="import-review">
      <h2 id="import-review">What {tried.name} would do</h2>
      <Totals report={report} />
      {report.refused > 0 && <Refused report={report} atomic={atomic} />}
      <div class="choices">
        <Tick
          checked={atomic}
          onChange={setAtomic}
          title="All or nothing"
          help="One bad row keeps the whole file out."
        />
        <Tick
          checked={publish}
          onChange={setPublish}
          title="Publish new events at once"
          help="Otherwise they are drafts that only your team sees."
        />
      </div>
      {write.problem !== null && <Notice tone="error" title={sentence(write.problem)} />}
      <div class="button-row">
        <button
          type="button"
          class="button button--primary"
          disabled={blocked}
          onClick={() => setAsking(true)}
        >
          {changes === 0 ? "Nothing to import" : `Import ${count(changes, "event")}`}
        </button>
      </div>
      {asking && (
        <ConfirmDialog
          report={report}
          publish={publish}
          busy={write.busy}
          onImport={() => void write.run()}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  );
}

function Refused({ report, atomic }: { report: ImportEventsResponse; atomic: boolean }) {
  const nothing = report.created + report.updated === 0;
  const advice = nothing
    ? "Put them right in the file and choose it again."
    : atomic
      ? "Put them right in the file and choose it again, or import the good rows only."
      : "They are left out. The others are imported.";
  return (
    <Notice
      tone={atomic ? "error" : "warning"}
      title={`${count(report.refused, "row is", "rows are")} refused`}
    >
      <p>{advice}</p>
    </Notice>
  );
}

interface ConfirmProps {
  report: ImportEventsResponse;
  publish: boolean;
  busy: boolean;
  onImport: () => void;
  onClose: () => void;
}

function ConfirmDialog({ report, publish, busy, onImport, onClose }: ConfirmProps) {
  const what = `Import ${count(report.created + report.updated, "event")}`;
  return (
    <Dialog
      title={`${what}?`}
      onClose={onClose}
      foot={
        <>
          <button type="button" class="button" onClick={onClose}>
            Back
          </button>
          <button
            type="button"
            class="button button--primary"
            aria-busy={busy || undefined}
            onClick={onImport}
          >
            {what}
          </button>
        </>
      }
    >
      <Consequences of={whatHappens(report, publish)} />
    </Dialog>
  );
}

function whatHappens(report: ImportEventsResponse, publish: boolean) {
  const created = count(report.created, "new event");
  return [
    {
      icon: "plus",
      text:
        report.created === 0
          ? "No new event is made."
          : publish
            ? `${created} ${report.created === 1 ? "goes" : "go"} on the public programme at once.`
            : `${created} ${report.created === 1 ? "becomes a draft" : "become drafts"}.`,
    },
    {
      icon: "edit",
      text: `${count(report.updated, "event that you have", "events that you have")} ${report.updated === 1 ? "is" : "are"} brought up to date.`,
    },
    {
      icon: "mail",
      text: "People who are registered for an event that gets another date or place get a mail and an updated calendar entry. Nobody else hears of it.",
    },
  ];
}

interface TickProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  title: string;
  help: string;
}

function Tick({ checked, onChange, title, help }: TickProps) {
  return (
    <label class="choice">
      <input
        type="checkbox"
        checked={checked}
        onChange={(e) => onChange(e.currentTarget.checked)}
      />
      <span>
        <span class="choice__title">{title}</span>
        <span class="choice__help">{help}</span>
      </span>
    </label>
  );
}

function Totals({ report }: { report: ImportEventsResponse }) {
  const totals = [
    { label: "New", value: report.created },
    { label: "Changed", value: report.updated },
    { label: "The same", value: report.unchanged },
    { label: "Refused", value: report.refused, alert: report.refused > 0 },
  ];
  return (
    <div class="stats">
      {totals.map(({ label, value, alert }) => (
        <div key={label} class={alert ? "stat stat--alert" : "stat"}>
          <p class="stat__label">{label}</p>
          <p class="stat__value">{number(value)}</p>
        </div>
      ))}
    </div>
  );
}
