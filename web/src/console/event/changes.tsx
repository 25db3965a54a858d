/**
 * The steps of an event's life: publish, close, move, postpone, cancel, clone, archive. Each opens a
 * dialogue that says what will happen, how many people hear of it and what they receive.
 */

import type { DescMethod } from "@bufbuild/protobuf";
import type { ComponentType } from "preact";
import { useState } from "preact/hooks";
import { type Event, EventService, EventState } from "../../gen/lanyard/catalog/v1/catalog_pb";
import { Icon } from "../kit/bits";
import { Menu } from "../kit/menu";
import {
  ArchiveDialog,
  CloneDialog,
  CloseDialog,
  PublishDialog,
  ReopenDialog,
  TestDialog,
} from "./changes-quiet";
import { CancelDialog, MoveDialog, PostponeDialog } from "./changes-told";
import { useEvent } from "./context";

/** What every such dialogue gets. */
export interface ChangeProps {
  onClose: () => void;
}

interface Change {
  name: string;
  icon: string;
  text: string;
  danger?: boolean;
  needs: DescMethod;
  /** The states in which the step can be taken. */
  from: readonly EventState[];
  dialog: ComponentType<ChangeProps>;
}

const { method } = EventService;
const { DRAFT, PUBLISHED, SALES_CLOSED, POSTPONED, CANCELLED, ENDED, ARCHIVED } = EventState;

const changes: readonly Change[] = [
  {
    name: "publish",
    icon: "check",
    text: "Publish",
    needs: method.publishEvent,
    from: [DRAFT],
    dialog: PublishDialog,
  },
  {
    name: "close",
    icon: "lock",
    text: "Close registration",
    needs: method.closeSales,
    from: [PUBLISHED],
    dialog: CloseDialog,
  },
  {
    name: "reopen",
    icon: "check",
    text: "Open registration again",
    needs: method.reopenSales,
    from: [SALES_CLOSED],
    dialog: ReopenDialog,
  },
  {
    name: "move",
    icon: "calendar",
    text: "Move to another date",
    needs: method.moveEvent,
    from: [DRAFT, PUBLISHED, SALES_CLOSED, POSTPONED],
    dialog: MoveDialog,
  },
  {
    name: "postpone",
    icon: "clock",
    text: "Postpone without a date",
    needs: method.postponeEvent,
    from: [PUBLISHED, SALES_CLOSED],
    dialog: PostponeDialog,
  },
  {
    name: "clone",
    icon: "copy",
    text: "Make a copy",
    needs: method.cloneEvent,
    from: [DRAFT, PUBLISHED, SALES_CLOSED, POSTPONED, CANCELLED, ENDED, ARCHIVED],
    dialog: CloneDialog,
  },
  {
    name: "test",
    icon: "mail",
    text: "Send me a test invitation",
    needs: method.sendTestInvitation,
    from: [DRAFT, PUBLISHED, SALES_CLOSED],
    dialog: TestDialog,
  },
  {
    name: "archive",
    icon: "lock",
    text: "Archive",
    needs: method.archiveEvent,
    from: [DRAFT, CANCELLED, ENDED],
    dialog: ArchiveDialog,
  },
  {
    name: "cancel",
    icon: "cross",
    text: "Cancel the event",
    danger: true,
    needs: method.cancelEvent,
    from: [PUBLISHED, SALES_CLOSED, POSTPONED],
    dialog: CancelDialog,
  },
];

/** The buttons for what can be done with the event now. */
export function Changes() {
  const { event, may, reload } = useEvent();
  const [open, setOpen] = useState<string | null>(null);
  const choose = (name: string) => {
    reload(); // people register while the page is open, and the dialogue says how many are told
    setOpen(name);
  };
  const possible = changes.filter(({ needs, from }) => may(needs) && from.includes(event.state));
  const first = leading(event);
  const main = possible.find(({ name }) => name === first);
  const Dialog = changes.find(({ name }) => name === open)?.dialog;
  return (
    <>
      <Menu
        label="More"
        items={possible
          .filter((change) => change !== main)
          .map(({ name, icon, text, danger = false }) => ({
            icon,
            text,
            danger,
            onChoose: () => choose(name),
          }))}
      />
      {main !== undefined && (
        <button type="button" class="button button--primary" onClick={() => choose(main.name)}>
          <Icon name={main.icon} />
          {main.text}
        </button>
      )}
      {Dialog !== undefined && <Dialog onClose={() => setOpen(null)} />}
    </>
  );
}

/** The step that is most likely next. */
function leading({ state }: Event): string {
  return state === DRAFT ? "publish" : state === POSTPONED ? "move" : "";
}
