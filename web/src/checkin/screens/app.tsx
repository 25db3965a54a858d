/** The door as a whole: the screen for where the tablet stands. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { DeviceMode } from "../../gen/lanyard/checkin/v1/checkin_pb";
import type { Door } from "../door";
import type { Tablet } from "../tablet";
import { DoorContext, TabletContext } from "./context";
import { Desk } from "./desk";
import { Kiosk } from "./kiosk";
import { Pair } from "./pair";
import { Station } from "./station";

/** Draws the door. */
export function App({ tablet }: { tablet: Tablet }) {
  return (
    <TabletContext.Provider value={tablet}>
      <Stage tablet={tablet} />
    </TabletContext.Provider>
  );
}

function Stage({ tablet }: { tablet: Tablet }) {
  const phase = tablet.phase.value;
  switch (phase.kind) {
    case "starting":
      return (
        <Gate title="Door">
          <p role="status">Loading…</p>
        </Gate>
      );
    case "elsewhere":
      return (
        <Gate title="The door is open in another tab">
          <p>Only one tab scans, so that no scan is sent twice.</p>
          <button
            type="button"
            class="button button--primary"
            onClick={() => void tablet.start(true)}
          >
            Use this tab
          </button>
        </Gate>
      );
    case "unpaired":
      return <Pair />;
    case "ended":
      return <Ended tablet={tablet} why={phase.why} unsent={phase.unsent} />;
    case "broken":
      return (
        <Gate title="The door cannot start here">
          <p role="alert">{phase.why}</p>
        </Gate>
      );
    case "clock":
      return (
        <Gate title="This tablet’s clock went back">
          <p>
            It is more than a day behind what it showed before. Connect to the network once, so that
            the right time is known. Nothing is lost.
          </p>
        </Gate>
      );
    case "open":
      return (
        <DoorContext.Provider value={phase.door} key={phase.door.time.boot}>
          <Opened door={phase.door} />
        </DoorContext.Provider>
      );
  }
}

function Opened({ door }: { door: Door }) {
  switch (door.settings.value?.device?.mode) {
    case DeviceMode.KIOSK:
      return <Kiosk />;
    case DeviceMode.PRINT_STATION:
      return <Station />;
    default:
      return <Desk />;
  }
}

function Ended(props: { tablet: Tablet; why: string; unsent: number }) {
  const busy = useSignal(false);
  return (
    <Gate title="This tablet is locked">
      <p role="alert">{props.why}</p>
      <p>The list on it was destroyed.</p>
      {props.unsent > 0 && (
        <p>
          <strong>{props.unsent} scans were not sent.</strong> They are kept without names and go
          out once the tablet is paired with the event again.
        </p>
      )}
      <button
        type="button"
        class="button button--primary"
        disabled={busy.value}
        onClick={() => {
          busy.value = true;
          void props.tablet.renew();
        }}
      >
        Pair it again
      </button>
    </Gate>
  );
}

function Gate({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <main class="gate">
      <div class="gate__box">
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
