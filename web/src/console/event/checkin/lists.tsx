/** Check-in lists: who may come in where and when. */

import { create } from "@bufbuild/protobuf";
import { useMemo, useState } from "preact/hooks";
import type { FieldProps, Kit } from "../../../form/handle";
import { labelOf } from "../../../form/schema";
import { Ticks } from "../../../form/ticks";
import {
  ArchiveCheckInListRequestSchema,
  type CheckInList,
  CheckInService,
  CreateCheckInListRequestSchema,
  ListMode,
  ListModeSchema,
  OfflinePolicy,
  OfflinePolicySchema,
  UpdateCheckInListRequestSchema,
} from "../../../gen/lanyard/checkin/v1/checkin_pb";
import { Empty, Icon, Ready } from "../../kit/bits";
import { FormDialog } from "../../kit/dialog";
import { useEdit } from "../../kit/edit";
import { Table } from "../../kit/table";
import { say } from "../../kit/toast";
import { useLoad } from "../../load";
import { useStep } from "../change";
import { useEvent } from "../context";
import { useCheckIn } from "./context";
import { useMoments } from "./parts";

type Open = { kind: "new" } | { kind: "edit" | "end"; list: CheckInList } | null;

/** The lists of the event. */
export function Lists() {
  const { lists } = useCheckIn();
  const { may } = useEvent();
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const done = () => {
    close();
    lists.reload();
  };
  const mayEdit = may(CheckInService.method.updateCheckInList);
  return (
    <Ready of={lists}>
      {(all) => (
        <div class="stack">
          {mayEdit && (
            <div class="button-row">
              <button
                type="button"
                class="button button--primary"
                onClick={() => setOpen({ kind: "new" })}
              >
                <Icon name="plus" />
                Add a list
              </button>
            </div>
          )}
          {all.length === 0 ? (
            <Empty
              icon="ticket"
              title="There is no check-in list yet"
              text="A list says who may come in where and when. Most events need one."
            />
          ) : (
            <ListTable lists={all} mayEdit={mayEdit} onOpen={setOpen} />
          )}
          {open?.kind === "new" && <NewList onClose={close} onDone={done} />}
          {open?.kind === "edit" && <EditList list={open.list} onClose={close} onDone={done} />}
          {open?.kind === "end" && <EndList list={open.list} onClose={close} onDone={done} />}
        </div>
      )}
    </Ready>
  );
}

function ListTable(props: {
  lists: readonly CheckInList[];
  mayEdit: boolean;
  onOpen: (open: Open) => void;
}) {
  const { lists, mayEdit, onOpen } = props;
  const moment = useMoments();
  return (
    <Table
      caption="Check-in lists"
      rows={lists}
      keyOf={({ id }) => id}
      columns={[
        {
          name: "List",
          key: "List",
          kind: "head",
          cell: ({ details, archived }) => (
            <>
              {details?.title} {archived && <span class="badge">Ended</span>}
            </>
          ),
        },
        {
          name: "How often",
          key: "How often",
          cell: ({ details }) =>
            `${labelOf(ListModeSchema, details?.mode ?? 0)}${details?.exits ? ", with exits" : ""}`,
        },
        {
          name: "Open",
          key: "Open",
          cell: ({ opensAt, closesAt }) =>
            opensAt === undefined && closesAt === undefined
              ? "At any time"
              : `${moment(opensAt) || "Any time"} to ${moment(closesAt) || "any time"}`,
        },
        {
          name: "Without network",
          key: "Without network",
          cell: ({ details }) => labelOf(OfflinePolicySchema, details?.offline ?? 0),
        },
        {
          name: "",
          key: "Actions",
          kind: "actions",
          cell: (list) =>
            mayEdit &&
            !list.archived && (
              <>
                <button
                  type="button"
                  class="button button--quiet"
                  onClick={() => onOpen({ kind: "edit", list })}
                >
                  Change<span class="visually-hidden"> {list.details?.title}</span>
                </button>
                <button
                  type="button"
                  class="button button--danger-quiet"
                  onClick={() => onOpen({ kind: "end", list })}
                >
                  End<span class="visually-hidden"> {list.details?.title}</span>
                </button>
              </>
            ),
        },
      ]}
    />
  );
}

/** Questions that the contract can name; those of forms made elsewhere have other ids. */
const known = /^qst_[0-9a-z]{26}$/;

/** The fields that list what the event has. */
function useKit(): Kit {
  const { event, clients, ids } = useEvent();
  const inventory = useLoad(
    (signal) => clients.inventory.listInventory(ids, { signal }),
    [ids.eventId],
  );
  const form = useLoad((signal) => clients.registrations.getForm(ids, { signal }), [ids.eventId]);
  return useMemo(() => {
    const products = (inventory.data?.products ?? []).map(({ id, details }) => ({
      id,
      label: details?.title ?? "",
    }));
    const sessions = event.sessions.filter(({ cancelled }) => !cancelled);
    const questions = (form.data?.questions ?? [])
      .filter(({ id }) => known.test(id))
      .map(({ id, label }) => ({ id, label }));
    const ofProducts = (props: FieldProps) =>
      products.length === 0 ? null : <Ticks {...props} ticks={products} none="" />;
    const ofQuestions = (props: FieldProps) =>
      questions.length === 0 ? null : <Ticks {...props} ticks={questions} none="" />;
    const session_ids = (props: FieldProps) =>
      sessions.length < 2 ? null : (
        <Ticks
          {...props}
          ticks={sessions.map(({ id, title }) => ({
            id,
            label: title || (event.details?.title ?? ""),
          }))}
          none=""
        />
      );
    return {
      fields: {
        product_ids: ofProducts,
        badge_product_ids: ofProducts,
        session_ids,
        show_question_ids: ofQuestions,
        ask_question_ids: ofQuestions,
      },
    };
  }, [inventory.data, form.data, event]);
}

interface DialogProps {
  onClose: () => void;
  onDone: () => void;
}

function NewList({ onClose, onDone }: DialogProps) {
  const { client } = useCheckIn();
  const form = useStep({
    desc: CreateCheckInListRequestSchema,
    initial: {
      details: {
        title: "Main entrance",
        mode: ListMode.ONCE,
        offline: OfflinePolicy.SIGNED_OR_LISTED,
      },
    },
    kit: useKit(),
    send: async (request) => {
      await client.createCheckInList(request);
      return {};
    },
    done: "The list is added.",
    arrive: onDone,
  });
  return <FormDialog title="Add a list" form={form} confirm="Add the list" onClose={onClose} />;
}

function EditList({ list, onClose, onDone }: DialogProps & { list: CheckInList }) {
  const { ids } = useEvent();
  const { client } = useCheckIn();
  const present = (now: CheckInList) => ({
    message: create(UpdateCheckInListRequestSchema, {
      ...ids,
      listId: now.id,
      ...(now.details === undefined ? {} : { details: now.details }),
    }),
    version: now.version,
  });
  const { form, notice } = useEdit({
    desc: UpdateCheckInListRequestSchema,
    from: present(list),
    kit: useKit(),
    send: (request) => client.updateCheckInList(request),
    latest: async () => {
      const { lists } = await client.listCheckInLists(ids);
      return present(lists.find(({ id }) => id === list.id) ?? list);
    },
    done: () => {
      say("The list is saved. Tablets hear of it within seconds.");
      onDone();
    },
  });
  return (
    <FormDialog
      title="Change the list"
      form={form}
      consequences={[{ icon: "ticket", text: "Who has come in already stays as it is." }]}
      confirm="Save"
      onClose={onClose}
    >
      {notice}
    </FormDialog>
  );
}

function EndList({ list, onClose, onDone }: DialogProps & { list: CheckInList }) {
  const { client } = useCheckIn();
  const form = useStep({
    desc: ArchiveCheckInListRequestSchema,
    initial: { listId: list.id },
    send: async (request) => {
      await client.archiveCheckInList({ ...request, version: list.version });
      return {};
    },
    done: "The list has ended.",
    arrive: onDone,
  });
  return (
    <FormDialog
      title={`End “${list.details?.title}”?`}
      form={form}
      consequences={[
        { icon: "ticket", text: "Tablets stop scanning for it." },
        { icon: "log", text: "Its scans stay." },
      ]}
      confirm="End the list"
      danger
      keep="Keep it"
      onClose={onClose}
    />
  );
}
