/** Bringing events from a spreadsheet: choose a file, see row by row what would happen, do it. */

import { useState } from "preact/hooks";
import {
  type ImportEventsResponse,
  ImportOutcome,
  type ImportRow,
} from "../gen/lanyard/catalog/v1/catalog_pb";
import { sentence } from "../lib/errors";
import { count, list, number } from "../lib/words";
import { download } from "./event/download";
import { Head, Icon, Notice } from "./kit/bits";
import { Consequences, Dialog } from "./kit/dialog";
import { type Column, Table } from "./kit/table";
import { useAction } from "./load";
import { useHere } from "./session";

const largest = 10 * 1024 * 1024;

/** A file with what it would do. */
interface Tried {
  name: string;
  csv: Uint8Array;
  report: ImportEventsResponse;
}

/** The screen in its three steps. */
export function ImportEvents() {
  const { org, clients } = useHere();
  const [tried, setTried] = useState<Tried | null>(null);
  const [written, setWritten] = useState<ImportEventsResponse | null>(null);
  const [tooLarge, setTooLarge] = useState(false);
  const dryRun = useAction(
    async (requestId, file: { name: string; csv: Uint8Array }) => {
      const request = { orgId: org.id, requestId, csv: file.csv, dryRun: true };
      return { ...file, report: await clients.events.importEvents(request) };
    },
    (answer) => setTried(answer),
  );
  const read = async (file: File) => {
    setWritten(null);
    setTried(null);
    setTooLarge(file.size > largest);
    if (file.size > 0 && file.size <= largest) {
      await dryRun.run({ name: file.name, csv: new Uint8Array(await file.arrayBuffer()) });
    }
  };
  const step = written !== null ? 2 : tried !== null ? 1 : 0;
  return (
    <>
      <Head title="Import events" sub="From a spreadsheet, saved as CSV." />
      <Steps now={step} />
      <ChooseFile busy={dryRun.busy} onFile={(file) => void read(file)} />
      {tooLarge && <Notice tone="error" title="The file is larger than 10 MiB" />}
      {dryRun.problem !== null && (
        <Notice tone="error" title={sentence(dryRun.problem)}>
          {dryRun.problem.violations.map((v) => (
            <p key={v.path}>{v.message}</p>
          ))}
        </Notice>
      )}
      {written !== null && <Done report={written} />}
      {tried !== null && written === null && <Review tried={tried} onWritten={setWritten} />}
      {(written ?? tried?.report) !== undefined && (
        <Report rows={(written ?? tried?.report)?.rows ?? []} />
      )}
    </>
  );
}

const steps = ["Choose a file", "See what would change", "Import"];

function Steps({ now }: { now: number }) {
  return (
    <ol class="stepper">
      {steps.map((name, i) => (
        <li
          key={name}
          class={i < now ? "stepper__step stepper__step--done" : "stepper__step"}
          aria-current={i === now ? "step" : undefined}
        >
          {name}
        </li>
      ))}
    </ol>
  );
}

const required = ["external_id", "title", "mode", "starts_on", "ends_on", "timezone"];
const optional = [
  "city",
  "country",
  "languages",
  "topic",
  "url",
  "code_of_conduct_url",
  "call_url",
  "call_closes_on",
];

function ChooseFile({ busy, onFile }: { busy: boolean; onFile: (file: File) => void }) {
  const template = () =>
    download(
      new TextEncoder().encode(`${[...required, ...optional].join(",")}\r\n`),
      "events-template.csv",
    );
  return (
    <section class="panel" aria-labelledby="import-file">
      <div class="panel__body">
        <div class="field">
          <label class="field__label" for="import-input" id="import-file">
            CSV file
          </label>
          <p class="field__help" id="import-help">
            UTF-8, with a header line that names {list(required)}. Also read: {list(optional)}.
          </p>
          <input
            class="input"
            id="import-input"
            type="file"
            accept=".csv,text/csv"
            aria-describedby="import-help"
            onChange={(e) => {
              const [file] = e.currentTarget.files ?? [];
              if (file !== undefined) {
                onFile(file);
              }
            }}
          />
        </div>
        <p class="row">
          <button type="button" class="link-button icon-link" onClick={template}>
            <Icon name="download" />
            Download an empty file with these columns
          </button>
        </p>
        <p role="status" class="muted">
          {busy
            ? "Reading the file…"
            : "Nothing is changed before you have seen what would happen."}
        </p>
      </div>
    </section>
  );
}

interface ReviewProps {
  tried: Tried;
  onWritten: (report: ImportEventsResponse) => void;
}

/** What would happen, and the choice to let it. */
function Review({ tried, onWritten }: ReviewProps) {
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
      {report.refused > 0 && (
        <Notice
          tone={atomic ? "error" : "warning"}
          title={`${count(report.refused, "row is", "rows are")} refused`}
        >
          <p>
            {changes === 0
              ? "Put them right in the file and choose it again."
              : atomic
                ? "Put them right in the file and choose it again, or import the good rows only."
                : "They are left out. The others are imported."}
          </p>
        </Notice>
      )}
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
        <Dialog
          title={`Import ${count(changes, "event")}?`}
          onClose={() => setAsking(false)}
          foot={
            <>
              <button type="button" class="button" onClick={() => setAsking(false)}>
                Back
              </button>
              <button
                type="button"
                class="button button--primary"
                aria-busy={write.busy || undefined}
                onClick={() => void write.run()}
              >
                Import {count(changes, "event")}
              </button>
            </>
          }
        >
          <Consequences of={whatHappens(report, publish)} />
        </Dialog>
      )}
    </section>
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

function Done({ report }: { report: ImportEventsResponse }) {
  const { to } = useHere();
  const parts = [
    `${count(report.created, "new event")}`,
    `${number(report.updated)} brought up to date`,
    `${number(report.unchanged)} left as they were`,
  ];
  return report.written ? (
    <Notice tone="success" title={`Imported: ${list(parts)}`}>
      <a href={to("events")}>See the events</a>
    </Notice>
  ) : (
    <Notice tone="error" title="Nothing was imported">
      <p>{count(report.refused, "row was", "rows were")} refused, so the file was kept out.</p>
    </Notice>
  );
}

const outcomes: Readonly<Partial<Record<ImportOutcome, { text: string; tone: string }>>> = {
  [ImportOutcome.CREATED]: { text: "New", tone: "good" },
  [ImportOutcome.UPDATED]: { text: "Changed", tone: "info" },
  [ImportOutcome.UNCHANGED]: { text: "The same", tone: "" },
  [ImportOutcome.REFUSED]: { text: "Refused", tone: "bad" },
};

const columns: readonly Column<ImportRow>[] = [
  {
    key: "Event",
    name: "Event",
    kind: "head",
    cell: ({ title, externalId }) => (
      <>
        {title || "No title"}
        <span class="table__sub">{externalId}</span>
      </>
    ),
  },
  { key: "Line", name: "Line", kind: "number", cell: ({ line }) => line },
  {
    key: "Outcome",
    name: "Outcome",
    cell: ({ outcome }) => {
      const { text, tone } = outcomes[outcome] ?? { text: "", tone: "" };
      return (
        <span class={`badge badge--state${tone === "" ? "" : ` badge--${tone}`}`}>{text}</span>
      );
    },
  },
  {
    key: "What",
    name: "What",
    cell: ({ problems, changed }) =>
      problems.length === 0 ? (
        list(changed)
      ) : (
        <ul class="changes">
          {problems.map(({ column, message }) => (
            <li key={`${column} ${message}`}>
              {column !== "" && <strong>{column}: </strong>}
              {message}
            </li>
          ))}
        </ul>
      ),
  },
];

const most = 500;

/** The rows, refused ones first: those are what somebody has to do something about. */
function Report({ rows }: { rows: readonly ImportRow[] }) {
  const rank = (row: ImportRow) => (row.outcome === ImportOutcome.REFUSED ? 0 : 1);
  const sorted = [...rows].sort((a, b) => rank(a) - rank(b) || a.line - b.line);
  return (
    <section class="stack" aria-labelledby="import-rows">
      <h2 id="import-rows">Row by row</h2>
      <Table
        caption="Rows of the file"
        columns={columns}
        rows={sorted.slice(0, most)}
        keyOf={(row) => String(row.line)}
      />
      {rows.length > most && (
        <p class="muted">
          {number(rows.length - most)} further rows are not shown; the numbers above count them.
        </p>
      )}
    </section>
  );
}
