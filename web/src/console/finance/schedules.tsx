/** Reports that are mailed by themselves. */

import { create } from "@bufbuild/protobuf";
import { useState } from "preact/hooks";
import type { FieldProps } from "../../form/handle";
import { ListField } from "../../form/list";
import { labelOf } from "../../form/schema";
import {
  DropScheduleRequestSchema,
  FileFormat,
  FileFormatSchema,
  ReportName,
  ReportNameSchema,
  Rhythm,
  SaveScheduleRequestSchema,
  type Schedule,
  ScheduleDetailsSchema,
} from "../../gen/lanyard/finance/v1/report_pb";
import { list } from "../../lib/words";
import { Empty, Icon, Ready, Unseen } from "../kit/bits";
import { FormDialog } from "../kit/dialog";
import { useEdit } from "../kit/edit";
import { type Column, Table } from "../kit/table";
import { momentOf } from "../kit/times";
import { say } from "../kit/toast";
import { useLoad } from "../load";
import { useOrderStep } from "../orders/step";
import { useBooks } from "./gate";
import { FinanceHead } from "./parts";

type Open = { what: "edit"; schedule: Schedule | null } | { what: "drop"; schedule: Schedule };

/** The screen. */
export function Schedules() {
  const { org, reports } = useBooks();
  const [open, setOpen] = useState<Open | null>(null);
  const found = useLoad(
    async (signal) => (await reports.listSchedules({ orgId: org.id }, { signal })).schedules,
    [org.id],
  );
  const close = () => setOpen(null);
  const done = () => {
    close();
    found.reload();
  };
  return (
    <>
      <FinanceHead title="Reports by mail">
        <button
          type="button"
          class="button button--primary"
          onClick={() => setOpen({ what: "edit", schedule: null })}
        >
          <Icon name="plus" />
          Send a report
        </button>
      </FinanceHead>
      <Ready of={found}>
        {(schedules) =>
          schedules.length === 0 ? (
            <Empty
              icon="mail"
              title="No report is sent by itself"
              text="Have one sent each week or month to those who need it."
            />
          ) : (
            <ScheduleTable schedules={schedules} onOpen={setOpen} />
          )
        }
      </Ready>
      {open?.what === "edit" && (
        <EditDialog schedule={open.schedule} onClose={close} onDone={done} />
      )}
      {open?.what === "drop" && (
        <DropDialog schedule={open.schedule} onClose={close} onDone={done} />
      )}
    </>
  );
}

const weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

function when({ details }: Schedule): string {
  const day = details?.day ?? 1;
  return details?.every === Rhythm.WEEK
    ? `Each ${weekdays[day - 1] ?? "week"}`
    : `Each month on day ${day}`;
}

function ScheduleTable(props: { schedules: readonly Schedule[]; onOpen: (open: Open) => void }) {
  const nameOf = (s: Schedule) => labelOf(ReportNameSchema, s.details?.report ?? 0);
  const columns: Column<Schedule>[] = [
    {
      key: "Report",
      name: "Report",
      kind: "head",
      cell: (s) => (
        <>
          {nameOf(s)}
          {s.details?.paused && <span class="badge">Paused</span>}
          <span class="table__sub">{labelOf(FileFormatSchema, s.details?.format ?? 0)}</span>
        </>
      ),
    },
    { key: "When", name: "When", cell: when },
    { key: "To", name: "To", cell: ({ details }) => list(details?.recipients ?? []) },
    {
      key: "Next",
      name: "Next",
      cell: ({ details, nextAt, lastAt }) => (
        <>
          {details?.paused ? "–" : momentOf(nextAt)}
          {lastAt !== undefined && <span class="table__sub">Last {momentOf(lastAt)}</span>}
        </>
      ),
    },
    {
      key: "Actions",
      name: <Unseen>Actions</Unseen>,
      kind: "actions",
      cell: (schedule) => (
        <>
          <button
            type="button"
            class="button"
            onClick={() => props.onOpen({ what: "edit", schedule })}
          >
            Change<Unseen> {nameOf(schedule)}</Unseen>
          </button>
          <button
            type="button"
            class="button"
            onClick={() => props.onOpen({ what: "drop", schedule })}
          >
            End<Unseen> {nameOf(schedule)}</Unseen>
          </button>
        </>
      ),
    },
  ];
  return (
    <Table caption="Reports by mail" columns={columns} rows={props.schedules} keyOf={(s) => s.id} />
  );
}

interface DialogProps {
  onClose: () => void;
  onDone: () => void;
}

const kit = { fields: { recipients: (props: FieldProps) => <ListField {...props} /> } };

function EditDialog({ schedule, onClose, onDone }: DialogProps & { schedule: Schedule | null }) {
  const { org, reports } = useBooks();
  const present = (now: Schedule | null) => ({
    message: create(SaveScheduleRequestSchema, {
      orgId: org.id,
      scheduleId: now?.id ?? "",
      details: now?.details ?? {
        report: ReportName.MONTHS,
        format: FileFormat.XLSX,
        every: Rhythm.MONTH,
        day: 3,
        recipients: [""],
        paused: false,
      },
    }),
    version: now?.version ?? 0n,
  });
  const { form, notice } = useEdit({
    desc: SaveScheduleRequestSchema,
    from: present(schedule),
    kit,
    send: ({ details, ...request }) =>
      reports.saveSchedule({
        ...request,
        details: create(ScheduleDetailsSchema, {
          report: details?.report ?? 0,
          format: details?.format ?? 0,
          every: details?.every ?? 0,
          day: details?.day ?? 1,
          paused: details?.paused ?? false,
          recipients: (details?.recipients ?? []).filter((r) => r.trim() !== ""),
        }),
      }),
    latest: async () => {
      const { schedules } = await reports.listSchedules({ orgId: org.id });
      return present(schedules.find((s) => s.id === schedule?.id) ?? schedule);
    },
    done: () => {
      say("The report will be sent.");
      onDone();
    },
  });
  return (
    <FormDialog
      title={schedule === null ? "Send a report by mail" : "Change what is sent"}
      form={form}
      confirm="Save"
      onClose={onClose}
    >
      {notice}
    </FormDialog>
  );
}

function DropDialog({ schedule, onClose, onDone }: DialogProps & { schedule: Schedule }) {
  const { org, reports } = useBooks();
  const form = useOrderStep({
    desc: DropScheduleRequestSchema,
    initial: { orgId: org.id, scheduleId: schedule.id },
    send: (request) => reports.dropSchedule(request),
    done: () => "It is not sent any more.",
    arrive: onDone,
  });
  return (
    <FormDialog
      title="Stop sending this report?"
      form={form}
      consequences={[{ icon: "download", text: "Files that were sent stay under Exports." }]}
      confirm="Stop it"
      danger
      onClose={onClose}
    />
  );
}
