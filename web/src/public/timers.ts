/** Clocks that run: the time until a room opens, and how long a place is kept. */
import { type Countdown, countdown, countdownClock } from "../lib/time";

const second = 1000;

/** From here on a held place is said to run out soon. */
const ending = 120;

/** A room that should be open by our clock and is not by the server's is asked for again after so long. */
const again = 5 * second;

/** Starts every clock of the page, and the wait of a page that will say something else later. */
export function timers(page: Document): void {
  for (const clock of page.querySelectorAll<HTMLElement>("[data-countdown]")) {
    room(clock);
  }
  for (const hold of page.querySelectorAll<HTMLElement>("[data-hold-until]")) {
    held(hold);
  }
  const later = page.querySelector("[data-again]");
  const wait = Number(later?.getAttribute("data-again"));
  const elsewhere = later?.getAttribute("data-again-at");
  if (wait > 0) {
    setTimeout(() => (elsewhere ? location.assign(elsewhere) : location.reload()), wait * second);
  }
}

/** Runs tick now and with every second until it returns true. */
function run(target: string | undefined, tick: (left: Countdown) => boolean): void {
  const at = new Date(target ?? "");
  if (Number.isNaN(at.getTime())) {
    return;
  }
  const step = () => {
    if (!tick(countdown(at, new Date()))) {
      // Aligned with the clock, so that no second is shown twice or left out.
      setTimeout(step, second - (Date.now() % second) + 5);
    }
  };
  step();
}

/** Counts down to the opening and then loads the page again, which now has a way in. */
function room(clock: HTMLElement): void {
  const { countdown: opening } = clock.dataset;
  const started = Date.now();
  run(opening, (left) => {
    for (const cell of clock.querySelectorAll<HTMLElement>("[data-unit]")) {
      const n = left[cell.getAttribute("data-unit") as keyof Countdown];
      cell.textContent = typeof n === "number" ? String(n).padStart(2, "0") : "";
    }
    if (left.over) {
      // A visitor whose clock is fast would load again and again without a pause.
      setTimeout(() => location.reload(), Math.max(0, again - (Date.now() - started)));
    }
    return left.over;
  });
}

/** Shows how long a place is kept, warns once, and says when it has been released. */
function held(hold: HTMLElement): void {
  const time = hold.querySelector(".hold__time");
  const notice = hold.ownerDocument.createElement("span");
  notice.className = "visually-hidden";
  notice.setAttribute("role", "status");
  hold.append(notice);
  const { holdUntil } = hold.dataset;
  let warned = false;
  run(holdUntil, (left) => {
    const seconds = ((left.days * 24 + left.hours) * 60 + left.minutes) * 60 + left.seconds;
    if (time) {
      time.textContent = left.over ? "Time is up" : countdownClock(left);
    }
    hold.classList.toggle("hold--ending", seconds <= ending);
    if (left.over) {
      notice.textContent = "Your place is no longer kept for you. You may still send the form.";
    } else if (seconds <= ending && !warned) {
      warned = true;
      notice.textContent = "Your place is kept for two more minutes.";
    }
    return left.over;
  });
}
