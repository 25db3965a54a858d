/** Bringing events from a spreadsheet: choose a file, see row by row what would happen, do it. */

import { useState } from "preact/hooks";
import type { ImportEventsResponse } from "../../gen/lanyard/catalog/v1/catalog_pb";
import { sentence } from "../../lib/errors";
import { count, list, number } from "../../lib/words";
import { download } from "../event/download";
import { Head, Icon, Notice } from "../kit/bits";
import { useAction } from "../load";
import { useHere } from "../session";
import { Report } from "./report";
import { Review } from "./review";

const largest = 10 * 1024 * 1024;

/** A file with what it would do. */
export interface Tried {
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
