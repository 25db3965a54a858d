/**
 * The enhancement of the pages that the server renders: the programme, an event, the forms of
 * attendees, the join page, sign-in. Every one of them works without it.
 *
 * The script knows pages only by their attributes:
 *
 *   data-show-if      {"question": control name, "equals": [values]}: shown while that holds
 *   data-need         what to say when the control is left empty
 *   data-fit          what to say when its content does not fit
 *   data-time-zone    a hidden input that takes the reader's IANA zone
 *   data-zone         on <time datetime>: the event's zone; data-end is the end
 *   data-countdown    the moment to count to; data-unit in it are the numbers
 *   data-again        after how many seconds to load the page again, or the one at data-again-at
 *   data-address      on a form: the address of this page, where the browser is at an older one
 *   data-hold-until   the moment at which a held place lapses
 *   data-once         a hidden input that takes a name for what is sent, so that sending it again
 *                     does it once; for pages that are the same for everybody
 *   data-copy         selector of the input that the button copies
 *
 * Rules come as HTML attributes, which the server writes from the contract, so the browser's own
 * constraint validation judges them here. What it cannot judge is left to the server.
 */
import { ownAddress } from "./address";
import { copyButtons } from "./copy";
import { localTimes } from "./local";
import { menus } from "./menus";
import { questions } from "./questions";
import { sending } from "./sending";
import { timers } from "./timers";
import { validation } from "./validation";

/** Makes everything in the page livelier. Called once, when the page is there. */
export function enhance(page: Document): void {
  ownAddress(page);
  localTimes(page);
  timers(page);
  menus(page);
  copyButtons(page);
  for (const form of page.querySelectorAll<HTMLFormElement>('form[method="post" i]')) {
    questions(form);
    validation(form);
    sending(form);
  }
}

enhance(document);
