/** The dialogues about one pool. */

import { create } from "@bufbuild/protobuf";
import { Grouped } from "../../form/field";
import type { FieldProps, FormHandle } from "../../form/handle";
import {
  CreatePoolRequestSchema,
  DeletePoolRequestSchema,
  type Pool,
  UpdatePoolRequestSchema,
} from "../../gen/lanyard/inventory/v1/inventory_pb";
import { count, number } from "../../lib/words";
import { Notice } from "../kit/bits";
import { FormDialog } from "../kit/dialog";
import { useEdit } from "../kit/edit";
import { say } from "../kit/toast";
import { useStep } from "./change";
import { useEvent } from "./context";
import { overBy } from "./numbers";

interface PoolProps {
  onClose: () => void;
  /** Comes after a change: the numbers are to be read again. */
  onDone: () => void;
}

/** Adds a pool, or changes one. */
export function PoolDialog({ pool, ...props }: PoolProps & { pool: Pool | null }) {
  return pool === null ? <NewPool {...props} /> : <EditPool pool={pool} {...props} />;
}

function NewPool({ onClose, onDone }: PoolProps) {
  const { clients } = useEvent();
  const form = useStep({
    desc: CreatePoolRequestSchema,
    initial: { details: { size: 50 } },
    kit: { fields: { session_id: SessionField } },
    send: async (request) => {
      await clients.inventory.createPool(request);
      return {};
    },
    done: "The pool is added.",
    arrive: onDone,
  });
  return <FormDialog title="Add a pool" form={form} confirm="Add the pool" onClose={onClose} />;
}

function EditPool({ pool, onClose, onDone }: PoolProps & { pool: Pool }) {
  const { ids, clients } = useEvent();
  const present = (now: Pool) => ({
    message: create(UpdatePoolRequestSchema, {
      ...ids,
      poolId: now.id,
      ...(now.details === undefined ? {} : { details: now.details }),
    }),
    version: now.version,
  });
  // The session of a pool cannot change, so it is not asked for again.
  const { form, notice } = useEdit({
    desc: UpdatePoolRequestSchema,
    from: present(pool),
    send: (request) => clients.inventory.updatePool(request),
    latest: async () => {
      const { pools } = await clients.inventory.listInventory(ids);
      return present(pools.find((p) => p.id === pool.id) ?? pool);
    },
    done: (answer) => {
      const over = answer.pool?.over ?? 0;
      say(over > 0 ? `Saved. The pool is over by ${number(over)}.` : "The pool is saved.");
      onDone();
    },
  });
  return (
    <FormDialog title="Change the pool" form={form} confirm="Save" onClose={onClose}>
      {notice}
      <Shrunk pool={pool} form={form} />
    </FormDialog>
  );
}

function Shrunk({ pool, form }: { pool: Pool; form: FormHandle<typeof UpdatePoolRequestSchema> }) {
  const over = overBy(pool, form.draft.message.details);
  if (over === 0 || over === pool.over) {
    return null;
  }
  const taken = count(pool.sold + pool.held, "place is", "places are");
  return (
    <div aria-live="polite">
      <Notice tone="warning" title={`The pool would be over by ${number(over)}`}>
        <p>{taken} taken already. Nobody loses theirs, and nobody new gets one.</p>
      </Notice>
    </div>
  );
}

/** The session whose room the pool is. */
function SessionField({ place, form }: FieldProps) {
  const { event } = useEvent();
  const live = event.sessions.filter((s) => !s.cancelled);
  if (live.length < 2) {
    return null;
  }
  return (
    <Grouped place={place} form={form}>
      {({ id }) => (
        <>
          <p class="field__help">
            For the room of one session: every product that includes the session draws on it.
          </p>
          <select
            class="input"
            id={id}
            aria-label={place.shape.label}
            value={String(place.node.get(place.shape.desc))}
            onChange={(e) => form.draft.set(place, e.currentTarget.value)}
          >
            <option value="">No particular session</option>
            {live.map((s) => (
              <option key={s.id} value={s.id}>
                {s.title || event.details?.title}
              </option>
            ))}
          </select>
        </>
      )}
    </Grouped>
  );
}

/** Takes away a pool of which nothing was ever taken. */
export function DeletePoolDialog({ pool, onClose, onDone }: PoolProps & { pool: Pool }) {
  const { clients } = useEvent();
  const form = useStep({
    desc: DeletePoolRequestSchema,
    initial: { poolId: pool.id },
    send: async (request) => {
      await clients.inventory.deletePool({ ...request, version: pool.version });
      return {};
    },
    done: "The pool is deleted.",
    arrive: onDone,
  });
  return (
    <FormDialog
      title={`Delete “${pool.details?.title}”?`}
      form={form}
      consequences={[
        { icon: "people", text: "Nobody has a place from it, and no product draws on it." },
      ]}
      confirm="Delete the pool"
      danger
      keep="Keep it"
      onClose={onClose}
    />
  );
}
