import { beforeEach, expect, test } from "vitest";
import { validation } from "./validation";

beforeEach(() => {
  document.body.replaceChildren();
});

const $ = <T extends Element = HTMLElement>(selector: string) =>
  document.querySelector<T>(selector) as T;

/** A form as the server renders it, with a name, an address, a choice and a box to tick. */
function form(): HTMLFormElement {
  document.body.innerHTML = `
    <form method="post" class="form">
      <div class="field">
        <label for="name">Full name</label>
        <input class="input" id="name" name="name" required data-need="Enter your full name">
      </div>
      <div class="field">
        <label for="email">E-mail address</label>
        <p class="field__help" id="email-help">Your confirmation goes here.</p>
        <input class="input" id="email" name="email" type="email" required pattern="[^@]+@[^@]+\\.[^@]+"
          data-need="Enter your e-mail address" data-fit="Enter an e-mail address such as name@example.org" aria-describedby="email-help">
      </div>
      <fieldset class="field" data-need="Choose academic, business or clinical">
        <legend>I am</legend>
        <div class="choices">
          <label class="choice"><input type="radio" id="segment" name="segment" value="a" required>Academic</label>
          <label class="choice"><input type="radio" name="segment" value="b" required>Business</label>
        </div>
      </fieldset>
      <div class="field">
        <div class="consent"><label class="choice"><input type="checkbox" id="consent" name="consent" value="yes" required data-need="Tick the box to go on: I agree">I agree</label></div>
      </div>
      <button type="submit">Register</button>
      <button type="submit" formnovalidate name="add">Add a person</button>
    </form>`;
  const made = $<HTMLFormElement>("form");
  validation(made);
  return made;
}

/** Presses a button; true when the form would be sent. */
function send(target: HTMLFormElement, button = "button"): boolean {
  const event = new SubmitEvent("submit", {
    bubbles: true,
    cancelable: true,
    submitter: $<HTMLButtonElement>(button),
  });
  return target.dispatchEvent(event);
}

function type(selector: string, text: string): void {
  const control = $<HTMLInputElement>(selector);
  control.value = text;
  control.dispatchEvent(new Event("input", { bubbles: true }));
}

function leave(selector: string): void {
  $(selector).dispatchEvent(new Event("focusout", { bubbles: true }));
}

function errors(): string[] {
  return [...document.querySelectorAll(".field__error")].map((e) => e.textContent);
}

test("an empty form names each field once, in the server's words, and is not sent", () => {
  expect(send(form())).toBe(false);
  const said = [
    "Enter your full name",
    "Enter your e-mail address",
    "Choose academic, business or clinical",
    "Tick the box to go on: I agree",
  ];
  expect(errors()).toEqual(said);
  const links = [...document.querySelectorAll<HTMLAnchorElement>(".error-summary a")];
  expect(links.map((a) => a.textContent)).toEqual(said);
  expect(links.map((a) => a.getAttribute("href"))).toEqual([
    "#name",
    "#email",
    "#segment",
    "#consent",
  ]);
  expect($(".error-summary__title").textContent).toBe("Four things to put right");
  expect(document.activeElement).toBe($(".error-summary"));
});

test("where several people are asked about, the summary says whose field is wrong", () => {
  const person = (
    n: number,
  ) => `<section class="form__section"><h2 class="form__title">Attendee ${n}</h2>
    <input type="hidden" name="attendees[${n}].present" value="1">
    <div class="field"><input class="input" id="name-${n}" required data-need="Enter the full name"></div></section>`;
  document.body.innerHTML = `<form method="post">${person(1)}${person(2)}<button>Keep</button></form>`;
  validation($<HTMLFormElement>("form"));
  type("#name-1", "Amara");
  send($<HTMLFormElement>("form"));
  expect([...document.querySelectorAll(".error-summary a")].map((a) => a.textContent)).toEqual([
    "Attendee 2: Enter the full name",
  ]);
});

test("a group of boxes that asks for one is not sent without a tick", () => {
  document.body.innerHTML = `<form method="post"><fieldset class="field" data-need="Choose at least one">
    <div class="choices"><input type="checkbox" id="t" name="t" value="a"><input type="checkbox" name="t" value="b"></div>
    </fieldset><button>Keep</button></form>`;
  validation($<HTMLFormElement>("form"));
  expect(send($<HTMLFormElement>("form"))).toBe(false);
  expect(errors()).toEqual(["Choose at least one"]);
  $<HTMLInputElement>('[value="b"]').click();
  expect(errors()).toEqual([]);
  expect(send($<HTMLFormElement>("form"))).toBe(true);
});

test("a second try replaces the summary instead of adding one", () => {
  const made = form();
  send(made);
  type("#name", "Amara");
  send(made);
  expect(document.querySelectorAll(".error-summary")).toHaveLength(1);
  expect(document.querySelectorAll(".error-summary a")).toHaveLength(3);
});

test("a field in error is marked and described, with its help kept", () => {
  send(form());
  const email = $("#email");
  expect(email.getAttribute("aria-invalid")).toBe("true");
  expect(email.getAttribute("aria-describedby")).toBe("email-help email-error");
  expect($("#email-error").nextElementSibling).toBe(email);
  expect(email.closest(".field")?.classList.contains("field--invalid")).toBe(true);
});

test("the error goes with the key that puts it right", () => {
  send(form());
  type("#email", "amara@example");
  expect($("#email-error").textContent).toBe("Enter an e-mail address such as name@example.org");
  type("#email", "amara@example.org");
  expect(document.querySelector("#email-error")).toBeNull();
  expect($("#email").hasAttribute("aria-invalid")).toBe(false);
  expect($("#email").getAttribute("aria-describedby")).toBe("email-help");
});

test("a field is judged when it is left, but not for being empty", () => {
  form();
  leave("#email");
  expect(errors()).toEqual([]);
  type("#email", "amara");
  expect(errors()).toEqual([]);
  leave("#email");
  expect(errors()).toEqual(["Enter an e-mail address such as name@example.org"]);
});

test("spaces are no name", () => {
  const made = form();
  type("#name", "   ");
  send(made);
  expect($("#name-error").textContent).toBe("Enter your full name");
});

test("choosing one of a group clears the group's error", () => {
  send(form());
  const business = $<HTMLInputElement>('[value="b"]');
  business.checked = true;
  business.dispatchEvent(new Event("change", { bubbles: true }));
  expect(document.querySelector("#segment-error")).toBeNull();
});

test("a filled form is sent, and the old summary goes", () => {
  const made = form();
  send(made);
  type("#name", "Amara Osei");
  type("#email", "amara@example.org");
  $<HTMLInputElement>('[value="b"]').checked = true;
  $<HTMLInputElement>("#consent").checked = true;
  expect(send(made)).toBe(true);
  expect(document.querySelector(".error-summary")).toBeNull();
  expect(errors()).toEqual([]);
});

test("a button that skips validation sends the form as it is", () => {
  expect(send(form(), "[formnovalidate]")).toBe(true);
});

test("disabled controls are not judged", () => {
  const made = form();
  for (const control of made.querySelectorAll<HTMLInputElement>("input")) {
    control.disabled = control.id !== "name";
  }
  send(made);
  expect(errors()).toEqual(["Enter your full name"]);
});

test("a summary from the server has the focus, and its links lead into the fields", () => {
  document.body.innerHTML = `
    <div class="error-summary" role="alert" tabindex="-1"><ul><li><a href="#email">Email</a></li></ul></div>
    <form method="post"><details><summary>More</summary><input class="input" id="email"></details></form>`;
  validation($<HTMLFormElement>("form"));
  expect(document.activeElement).toBe($(".error-summary"));
  $("a").click();
  expect(document.activeElement).toBe($("#email"));
  expect($<HTMLDetailsElement>("details").open).toBe(true);
});
