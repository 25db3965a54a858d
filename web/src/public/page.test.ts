import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ownAddress } from "./address";
import { copyButtons } from "./copy";
import { localTimes } from "./local";
import { menus } from "./menus";
import { sending } from "./sending";
import { timers } from "./timers";

beforeEach(() => {
  document.body.replaceChildren();
});

afterEach(() => {
  vi.useRealTimers();
});

const $ = <T extends Element = HTMLElement>(selector: string) =>
  document.querySelector<T>(selector) as T;

/** The second lines that a page with one time shows to a reader in a zone. */
function localLines(attributes: string, viewer: string): string[] {
  document.body.innerHTML = `<p><time ${attributes}>10:00</time> <small>(UTC+1)</small></p>`;
  localTimes(document, viewer);
  return [...document.querySelectorAll("p > .local-time")].map((e) => e.textContent);
}

const london = 'datetime="2026-07-23T10:00:00+01:00" data-zone="Europe/London"';

test.each([
  [
    "a range",
    `${london} data-end="2026-07-23T11:30:00+01:00"`,
    "Asia/Singapore",
    ["17:00 to 18:30 where you are"],
  ],
  ["a start", london, "America/New_York", ["05:00 where you are"]],
  ["the same zone", london, "Europe/London", []],
  ["another zone with the same clock", london, "Europe/Lisbon", []],
  ["another day", london, "Pacific/Auckland", ["21:00 where you are"]],
  [
    "a zone nobody knows",
    'datetime="2026-07-23T10:00:00Z" data-zone="Mars/Olympus"',
    "Asia/Tokyo",
    [],
  ],
  ["no moment", 'datetime="soon" data-zone="Europe/London"', "Asia/Tokyo", []],
])("%s reads right where the reader is", (_, attributes, viewer, want) => {
  expect(localLines(attributes, viewer)).toEqual(want);
});

test("the room's countdown counts on and loads the page when it opens", () => {
  vi.useFakeTimers({ now: new Date("2026-07-23T08:44:50Z") });
  const reload = vi.spyOn(location, "reload").mockImplementation(() => {});
  document.body.innerHTML = `<div data-countdown="2026-07-23T08:45:00Z">
    <b data-unit="days">9</b><b data-unit="hours">9</b><b data-unit="minutes">9</b><b data-unit="seconds">9</b></div>`;
  timers(document);
  const shown = () => [...document.querySelectorAll("b")].map((b) => b.textContent).join(":");
  expect(shown()).toBe("00:00:00:10");
  vi.advanceTimersByTime(3_100);
  expect(shown()).toBe("00:00:00:07");
  expect(reload).not.toHaveBeenCalled();
  vi.advanceTimersByTime(8_000);
  expect(shown()).toBe("00:00:00:00");
  expect(reload).toHaveBeenCalledOnce();
});

test("a clock that is fast does not load the page without a pause", () => {
  vi.useFakeTimers({ now: new Date("2026-07-23T09:45:00Z") });
  const reload = vi.spyOn(location, "reload").mockImplementation(() => {});
  document.body.innerHTML = '<div data-countdown="2026-07-23T08:45:00Z"></div>';
  timers(document);
  vi.advanceTimersByTime(4_900);
  expect(reload).not.toHaveBeenCalled();
  vi.advanceTimersByTime(200);
  expect(reload).toHaveBeenCalledOnce();
});

test("a page that waits for something is loaded again after the time that it names", () => {
  vi.useFakeTimers();
  const reload = vi.spyOn(location, "reload").mockImplementation(() => {});
  document.body.innerHTML = '<div data-again="60"></div>';
  timers(document);
  vi.advanceTimersByTime(59_000);
  expect(reload).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2_000);
  expect(reload).toHaveBeenCalledOnce();
});

test("a held place runs down, is announced once near its end, and is never taken for kept after it", () => {
  vi.useFakeTimers({ now: new Date("2026-07-23T10:00:00Z") });
  document.body.innerHTML =
    '<p class="hold" data-hold-until="2026-07-23T10:03:00Z"><span class="hold__time">about 3 minutes</span></p>';
  timers(document);
  const status = () => $(".hold [role=status]").textContent;
  expect($(".hold__time").textContent).toBe("3:00");
  expect($(".hold").classList.contains("hold--ending")).toBe(false);
  vi.advanceTimersByTime(75_100);
  expect($(".hold__time").textContent).toBe("1:45");
  expect($(".hold").classList.contains("hold--ending")).toBe(true);
  expect(status()).toBe("Your place is kept for two more minutes.");
  vi.advanceTimersByTime(110_100);
  expect($(".hold__time").textContent).toBe("Time is up");
  expect(status()).toContain("no longer kept");
});

test("a countdown without a moment is left as the server wrote it", () => {
  document.body.innerHTML = '<div data-countdown="soon"><b data-unit="days">2</b></div>';
  timers(document);
  expect($("b").textContent).toBe("2");
});

function menuPage(): void {
  document.body.innerHTML = `<details class="menu" open><summary tabindex="0">Add to calendar</summary><a href="#x">Google</a></details>
    <button type="button">Elsewhere</button>`;
  menus(document);
}

test("a menu closes on a click elsewhere but not on one inside", () => {
  menuPage();
  $("a").click();
  expect($<HTMLDetailsElement>("details").open).toBe(true);
  $("button").click();
  expect($<HTMLDetailsElement>("details").open).toBe(false);
});

test("Escape closes a menu and gives the focus back to it", () => {
  menuPage();
  $("a").focus();
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  expect($<HTMLDetailsElement>("details").open).toBe(false);
  expect(document.activeElement).toBe($("summary"));
});

test("a menu closes when the focus goes on", () => {
  menuPage();
  $("a").focus();
  $("button").focus();
  expect($<HTMLDetailsElement>("details").open).toBe(false);
});

test("the copy button appears, copies and says so", async () => {
  document.body.innerHTML = `<input id="address" value="https://example.org/o/a/b">
    <button type="button" data-copy="#address" hidden><i></i>Copy</button>`;
  const write = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  copyButtons(document);
  expect($("button").hidden).toBe(false);
  $("button").click();
  await vi.waitFor(() => expect($("[role=status]").textContent).toBe("Copied"));
  expect(write).toHaveBeenCalledWith("https://example.org/o/a/b");
  expect($("button").textContent).toBe("Copied");
});

test("the copy button says how to copy where it may not", async () => {
  document.body.innerHTML = `<input id="address" value="x"><button type="button" data-copy="#address" hidden>Copy</button>`;
  vi.spyOn(navigator.clipboard, "writeText").mockRejectedValue(new Error("denied"));
  copyButtons(document);
  $("button").click();
  await vi.waitFor(() => expect($("[role=status]").textContent).toBe("Press Ctrl+C"));
});

/** Submits the page's form; true when it would be sent. */
function submit(): boolean {
  const submitter = $<HTMLButtonElement>("button");
  return $("form").dispatchEvent(
    new SubmitEvent("submit", { bubbles: true, cancelable: true, submitter }),
  );
}

test("a form is sent once, until the page is shown again", () => {
  vi.useFakeTimers();
  document.body.innerHTML = '<form method="post"><button>Send</button></form>';
  sending($<HTMLFormElement>("form"));
  expect([submit(), submit()]).toEqual([true, false]);
  expect($("button").getAttribute("aria-busy")).toBe("true");
  dispatchEvent(new Event("pageshow"));
  expect($("button").hasAttribute("aria-busy")).toBe(false);
  expect(submit()).toBe(true);
});

test("a form that gets no answer may be sent again", () => {
  vi.useFakeTimers();
  document.body.innerHTML = '<form method="post"><button>Send</button></form>';
  sending($<HTMLFormElement>("form"));
  submit();
  vi.advanceTimersByTime(10_001);
  expect(submit()).toBe(true);
});

test("what a form sends has a name that is its own", () => {
  document.body.innerHTML =
    '<form><input data-once type="hidden"></form><form><input data-once type="hidden"></form>';
  const names = [...document.querySelectorAll("form")].map((form) => {
    sending(form);
    return form.querySelector("input")?.value;
  });
  expect(names[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(names[1]).not.toBe(names[0]);
});

test("a page that answers a form goes by its own address", () => {
  const before = location.pathname;
  const replace = vi.spyOn(history, "replaceState");
  document.body.innerHTML = '<form method="post"></form>';
  ownAddress(document);
  document.body.innerHTML = '<form data-address="//elsewhere.example/x"></form>';
  ownAddress(document);
  expect(location.pathname).toBe(before);
  expect(replace).not.toHaveBeenCalled();
  document.body.innerHTML = '<form data-address="/basket/new"></form>';
  ownAddress(document);
  expect(replace).toHaveBeenCalledWith(history.state, "", "/basket/new");
});

test("a page that waits for word elsewhere goes there", () => {
  vi.useFakeTimers();
  const go = vi.spyOn(location, "assign").mockImplementation(() => {});
  const reload = vi.spyOn(location, "reload").mockImplementation(() => {});
  document.body.innerHTML = '<div data-again="4" data-again-at="/order/x/paid"></div>';
  timers(document);
  vi.advanceTimersByTime(4_100);
  expect(go).toHaveBeenCalledWith("/order/x/paid");
  expect(reload).not.toHaveBeenCalled();
});
