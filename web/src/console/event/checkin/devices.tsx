/** Tablets: paired by a code on the screen, watched, and ended. */

import { useMemo, useState } from "preact/hooks";
import type { FieldProps, Kit } from "../../../form/handle";
import { labelOf } from "../../../form/schema";
import { Ticks } from "../../../form/ticks";
import {
  CheckInService,
  CreateDeviceRequestSchema,
  type Device,
  DeviceAlarmSchema,
  DeviceMode,
  DeviceModeSchema,
  DeviceState,
  DeviceStateSchema,
  RevokeDeviceRequestSchema,
  StaffRole,
} from "../../../gen/lanyard/checkin/v1/checkin_pb";
import { count } from "../../../lib/words";
import { Empty, Icon, Notice, Ready, Trouble } from "../../kit/bits";
import { Dialog, FormDialog } from "../../kit/dialog";
import { Table } from "../../kit/table";
import { useAction, useLoad } from "../../load";
import { useStep } from "../change";
import { useEvent } from "../context";
import { titleOf, useCheckIn } from "./context";
import { NoLists, useMoments } from "./parts";

/** What a pairing code says, and how it looks. */
interface Pairing {
  name: string;
  url: string;
  svg: string;
}

type Open = { kind: "new" } | { kind: "end"; device: Device } | null;

/** The tablets of the event. */
export function Devices() {
  const { client, lists } = useCheckIn();
  const { ids, may } = useEvent();
  const devices = useLoad(
    async (signal) => (await client.listDevices(ids, { signal })).devices,
    [ids.eventId],
  );
  const [open, setOpen] = useState<Open>(null);
  const [pairing, setPairing] = useState<Pairing | null>(null);
  const renew = useAction(async (requestId, device: Device) => {
    const answer = await client.renewPairing({ ...ids, requestId, deviceId: device.id });
    const name = device.details?.name ?? "";
    setPairing({ name, url: answer.pairingUrl, svg: answer.pairingSvg });
  });
  const close = () => {
    setOpen(null);
    setPairing(null);
    devices.reload();
  };
  const mayEdit = may(CheckInService.method.createDevice);
  if (lists.data?.every(({ archived }) => archived)) {
    return <NoLists />;
  }
  return (
    <Ready of={devices}>
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
                Add a tablet
              </button>
            </div>
          )}
          {renew.problem !== null && <Trouble problem={renew.problem} />}
          {all.length === 0 ? (
            <Empty
              icon="ticket"
              title="No tablet is paired yet"
              text="Any phone or tablet with a browser will do. It keeps working when the network does not."
            />
          ) : (
            <DeviceTable
              devices={all}
              mayEdit={mayEdit}
              onRenew={(device) => void renew.run(device)}
              onEnd={(device) => setOpen({ kind: "end", device })}
            />
          )}
          {open?.kind === "new" && (
            <NewDevice onClose={() => setOpen(null)} onMade={(made) => setPairing(made)} />
          )}
          {open?.kind === "end" && (
            <EndDevice device={open.device} onClose={() => setOpen(null)} onDone={close} />
          )}
          {pairing !== null && <PairingDialog pairing={pairing} onClose={close} />}
        </div>
      )}
    </Ready>
  );
}

const tones: Readonly<Partial<Record<DeviceState, string>>> = {
  [DeviceState.PAIRED]: "good",
  [DeviceState.WAITING]: "info",
  [DeviceState.CODE_EXPIRED]: "caution",
  [DeviceState.REVOKED]: "bad",
};

function DeviceTable(props: {
  devices: readonly Device[];
  mayEdit: boolean;
  onRenew: (device: Device) => void;
  onEnd: (device: Device) => void;
}) {
  const { devices, mayEdit, onRenew, onEnd } = props;
  const { lists } = useCheckIn();
  const moment = useMoments();
  return (
    <Table
      caption="Tablets"
      rows={devices}
      keyOf={({ id }) => id}
      columns={[
        {
          name: "Tablet",
          key: "Tablet",
          kind: "head",
          cell: ({ details }) => (
            <>
              {details?.name}
              <span class="table__sub">
                {[details?.gate, labelOf(DeviceModeSchema, details?.mode ?? 0)]
                  .filter((part) => part)
                  .join(", ")}
              </span>
            </>
          ),
        },
        {
          name: "State",
          key: "State",
          cell: ({ state, alarms }) => (
            <span class="badges">
              <span class={`badge badge--state badge--${tones[state] ?? "info"}`}>
                {labelOf(DeviceStateSchema, state)}
              </span>
              {alarms.map((alarm) => (
                <span key={alarm} class="badge badge--state badge--bad">
                  {labelOf(DeviceAlarmSchema, alarm)}
                </span>
              ))}
            </span>
          ),
        },
        {
          name: "Lists",
          key: "Lists",
          cell: ({ details }) =>
            (details?.listIds ?? []).map((id) => titleOf(lists.data, id)).join(", "),
        },
        {
          name: "Last heard of",
          key: "Last heard of",
          cell: ({ lastSeenAt, queued }) =>
            lastSeenAt === undefined
              ? "Never"
              : `${moment(lastSeenAt)}${queued > 0 ? `, ${count(queued, "scan", "scans")} waiting` : ""}`,
        },
        {
          name: "",
          key: "Actions",
          kind: "actions",
          cell: (device) =>
            mayEdit && (
              <>
                <button type="button" class="button button--quiet" onClick={() => onRenew(device)}>
                  New code<span class="visually-hidden"> for {device.details?.name}</span>
                </button>
                {device.state !== DeviceState.REVOKED && (
                  <button
                    type="button"
                    class="button button--danger-quiet"
                    onClick={() => onEnd(device)}
                  >
                    End<span class="visually-hidden"> {device.details?.name}</span>
                  </button>
                )}
              </>
            ),
        },
      ]}
    />
  );
}

function NewDevice(props: { onClose: () => void; onMade: (pairing: Pairing) => void }) {
  const { client, lists } = useCheckIn();
  const open = (lists.data ?? []).filter(({ archived }) => !archived);
  const kit: Kit = useMemo(
    () => ({
      fields: {
        list_ids: (field: FieldProps) => (
          <Ticks
            {...field}
            ticks={open.map(({ id, details }) => ({ id, label: details?.title ?? "" }))}
            none="Add a list first."
          />
        ),
      },
    }),
    [lists.data],
  );
  const form = useStep({
    desc: CreateDeviceRequestSchema,
    initial: {
      details: {
        listIds: open.length === 1 ? open.map(({ id }) => id) : [],
        mode: DeviceMode.DOOR,
        roleWithoutPin: StaffRole.STEWARD,
      },
    },
    kit,
    send: async (request) => {
      const made = await client.createDevice(request);
      props.onMade({
        name: made.device?.details?.name ?? "",
        url: made.pairingUrl,
        svg: made.pairingSvg,
      });
      return {};
    },
    done: "The tablet is added.",
    arrive: props.onClose,
  });
  return (
    <FormDialog
      title="Add a tablet"
      form={form}
      consequences={[
        {
          icon: "lock",
          text: "It sees names and tickets of its lists, no mail addresses, and forgets them a day after the event.",
        },
      ]}
      confirm="Add and show the code"
      onClose={props.onClose}
    />
  );
}

/** Shows the pairing code, which is kept nowhere. */
function PairingDialog({ pairing, onClose }: { pairing: Pairing; onClose: () => void }) {
  const { name, url, svg } = pairing;
  return (
    <Dialog
      title={`Pair ${name}`}
      onClose={onClose}
      foot={
        <button type="button" class="button button--primary" onClick={onClose}>
          Done
        </button>
      }
    >
      <p>
        Scan this with the tablet’s camera and open the link. It works once, for ten minutes, and is
        shown only now.
      </p>
      <img
        class="pairing"
        src={`data:image/svg+xml;utf8,${encodeURIComponent(svg)}`}
        alt={`Pairing code of ${name}`}
        width={280}
        height={280}
      />
      <details class="fold">
        <summary>The same as an address to type</summary>
        <p class="fold__body">
          <code data-pairing>{url}</code>
        </p>
      </details>
      <Notice tone="warning" title="Let nobody take a picture of it.">
        <p>Whoever scans it first is the tablet. You are told when it is tried again.</p>
      </Notice>
    </Dialog>
  );
}

function EndDevice(props: { device: Device; onClose: () => void; onDone: () => void }) {
  const { device, onClose, onDone } = props;
  const { client } = useCheckIn();
  const form = useStep({
    desc: RevokeDeviceRequestSchema,
    initial: { deviceId: device.id },
    send: async (request) => {
      await client.revokeDevice(request);
      return {};
    },
    done: "The tablet’s access has ended.",
    arrive: onDone,
  });
  return (
    <FormDialog
      title={`End ${device.details?.name}?`}
      form={form}
      consequences={[
        { icon: "lock", text: "It destroys its list the next time it reaches the server." },
        ...(device.queued > 0
          ? [
              {
                icon: "warn",
                text: `${count(device.queued, "scan waits", "scans wait")} on it. They are not sent unless it is paired again.`,
              },
            ]
          : []),
      ]}
      confirm="End its access"
      danger
      keep="Keep it"
      onClose={onClose}
    />
  );
}
