/** Who comes, who has applied, and who gave their place back. */

import { useState } from "preact/hooks";
import { labelOf } from "../../form/schema";
import {
  type Registration,
  RegistrationService,
  RegistrationState,
  type Segment,
  SegmentSchema,
  type StateCount,
} from "../../gen/lanyard/booking/v1/booking_pb";
import { EventState } from "../../gen/lanyard/catalog/v1/catalog_pb";
import { Empty, Icon, More, Ready } from "../kit/bits";
import { RegistrationBadge } from "../kit/state";
import { type Column, Table } from "../kit/table";
import { momentOf } from "../kit/times";
import { say } from "../kit/toast";
import { useAction, usePages } from "../load";
import { ask, query } from "../router";
import { useEvent } from "./context";
import { DecideDialog, type Deciding } from "./decide";
import { download } from "./download";
import { Filters } from "./filters";
import { RegistrationDrawer } from "./registration";
import type { TabProps } from "./screen";

/** The tab with the registrations. */
export function Registrations({ registration }: TabProps) {
  const { ids, clients, reload, tab, may } = useEvent();
  const wanted = wantedBy(query.value);
  const [counts, setCounts] = useState<readonly StateCount[]>([]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [deciding, setDeciding] = useState<Deciding | null>(null);
  const found = usePages(
    async (pageToken, signal) => {
      const answer = await clients.registrations.listRegistrations(
        { ...ids, ...wanted, pageToken },
        { signal },
      );
      setCounts(answer.counts);
      return { items: answer.registrations, next: answer.nextPageToken };
    },
    [ids.eventId, wanted.query, wanted.state, wanted.segment],
  );
  const changed = () => {
    setChosen(new Set());
    found.reload();
    reload();
  };
  const decides = may(RegistrationService.method.decideApplications);
  const picked = (found.data ?? []).filter((r) => chosen.has(r.id));
  return (
    <>
      <Filters wanted={wanted} counts={counts} />
      <Toolbar wanted={wanted} picked={picked} onDecide={setDeciding} />
      <Ready of={found}>
        {(rows) =>
          rows.length === 0 ? (
            <Nobody wanted={wanted} />
          ) : (
            <div class="stack" aria-busy={found.loading || undefined}>
              <People rows={rows} chosen={chosen} onChoose={decides ? setChosen : undefined} />
              <More of={found} what="registrations" />
            </div>
          )
        }
      </Ready>
      {registration !== "" && (
        <RegistrationDrawer
          id={registration}
          back={`${tab("registrations")}${window.location.search}`}
          onChanged={changed}
        />
      )}
      {deciding !== null && (
        <DecideDialog {...deciding} onClose={() => setDeciding(null)} onDone={changed} />
      )}
    </>
  );
}

/** What is looked for. */
export interface Wanted {
  query: string;
  state: RegistrationState;
  segment: Segment;
}

function wantedBy(params: URLSearchParams): Wanted {
  return {
    query: params.get("q") ?? "",
    state: Number(params.get("state") ?? 0),
    segment: Number(params.get("segment") ?? 0),
  };
}

interface ToolbarProps {
  wanted: Wanted;
  picked: readonly Registration[];
  onDecide: (deciding: Deciding) => void;
}

/** What can be done with the list, or with the chosen ones of it. */
function Toolbar({ wanted, picked, onDecide }: ToolbarProps) {
  const { ids, clients, may } = useEvent();
  const csv = useAction(
    () => clients.registrations.exportRegistrations({ ...ids, state: wanted.state }),
    (file) => {
      download(file.csv, file.filename);
      say(`Downloaded ${file.filename}.`);
    },
  );
  if (picked.length > 0) {
    return (
      <div class="toolbar toolbar--selection">
        <strong role="status">{picked.length} chosen</strong>
        <div class="toolbar__end">
          <button
            type="button"
            class="button button--primary"
            onClick={() => onDecide({ applications: picked, approve: true })}
          >
            Approve {picked.length}
          </button>
          <button
            type="button"
            class="button button--danger-quiet"
            onClick={() => onDecide({ applications: picked, approve: false })}
          >
            Decline {picked.length}
          </button>
        </div>
      </div>
    );
  }
  if (!may(RegistrationService.method.exportRegistrations)) {
    return null;
  }
  return (
    <div class="row row--spread">
      <p class="muted small">
        {wanted.state === RegistrationState.UNSPECIFIED
          ? "The file holds everybody, with all answers."
          : "The file holds everybody in the chosen state, with all answers."}
      </p>
      <button
        type="button"
        class="button"
        aria-busy={csv.busy || undefined}
        onClick={async () => {
          const problem = await csv.run();
          if (problem !== null) {
            say(problem.message || "The file could not be made. Please try again.");
          }
        }}
      >
        <Icon name="download" />
        Download CSV
      </button>
    </div>
  );
}

interface PeopleProps {
  rows: readonly Registration[];
  chosen: ReadonlySet<string>;
  /** Undefined where nothing can be done with several at once. */
  onChoose: Choose | undefined;
}

/** Chooses others than before. */
type Choose = (next: (before: ReadonlySet<string>) => ReadonlySet<string>) => void;

function People({ rows, chosen, onChoose }: PeopleProps) {
  const { tab } = useEvent();
  const waiting = rows.filter((r) => r.state === RegistrationState.AWAITING_APPROVAL);
  const columns: Column<Registration>[] = [
    {
      key: "Name",
      name: "Name",
      kind: "head",
      cell: ({ id, attendee, undeliverable }) => (
        <>
          <a class="table__link" href={`${tab("registrations")}/${id}${window.location.search}`}>
            {attendee?.name || "Nobody is named"}
          </a>
          <span class="table__sub">
            {attendee?.email}
            {undeliverable && <span class="badge badge--bad">Mail came back</span>}
          </span>
        </>
      ),
    },
    { key: "Organisation", name: "Organisation", cell: organisation },
    { key: "Place", name: "Place", cell: ({ productTitle }) => productTitle },
    { key: "State", name: "State", cell: ({ state }) => <RegistrationBadge state={state} /> },
    {
      key: "Registered",
      name: "Registered",
      kind: "number",
      cell: ({ registeredAt }) => momentOf(registeredAt),
    },
  ];
  if (onChoose !== undefined && waiting.length > 0) {
    columns.unshift(tickColumn(waiting, chosen, onChoose));
  }
  return (
    <Table
      caption="Registrations"
      columns={columns}
      rows={rows}
      keyOf={(r) => r.id}
      chosen={(r) => chosen.has(r.id)}
    />
  );
}

function organisation({ attendee }: Registration) {
  return (
    <>
      {attendee?.organisation || <span class="muted">None given</span>}
      <span class="table__sub">{labelOf(SegmentSchema, attendee?.segment ?? 0)}</span>
    </>
  );
}

/** A box for each application that waits, and one for all of them. */
function tickColumn(
  waiting: readonly Registration[],
  chosen: ReadonlySet<string>,
  onChoose: Choose,
): Column<Registration> {
  const all = waiting.every((r) => chosen.has(r.id));
  return {
    key: "Choose",
    kind: "tick",
    name: (
      <input
        type="checkbox"
        aria-label="Choose all applications shown"
        checked={all}
        onChange={() => onChoose(() => new Set(all ? [] : waiting.map((r) => r.id)))}
      />
    ),
    cell: (r) =>
      r.state === RegistrationState.AWAITING_APPROVAL && (
        <input
          type="checkbox"
          aria-label={`Choose ${r.attendee?.name || "a place without a name"}`}
          checked={chosen.has(r.id)}
          onChange={() => onChoose((before) => toggled(before, r.id))}
        />
      ),
  };
}

/** The same set with an id more, or less where it was there. */
function toggled(before: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const after = new Set(before);
  if (!after.delete(id)) {
    after.add(id);
  }
  return after;
}

function Nobody({ wanted }: { wanted: Wanted }) {
  const { event } = useEvent();
  if (wanted.query !== "" || wanted.state !== 0 || wanted.segment !== 0) {
    return (
      <Empty icon="search" title="Nobody fits" text="Try fewer words, or another state.">
        <button type="button" class="button" onClick={() => ask({ q: "", state: "", segment: "" })}>
          Show everybody
        </button>
      </Empty>
    );
  }
  const draft = event.state === EventState.DRAFT;
  return (
    <Empty
      icon="people"
      title="Nobody yet"
      text={
        draft
          ? "Registration opens when you publish."
          : "As soon as somebody registers, they stand here."
      }
    />
  );
}
