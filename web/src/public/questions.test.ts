import { beforeEach, expect, test } from "vitest";
import { questions } from "./questions";

beforeEach(() => {
  document.body.replaceChildren();
});

/** A form of one question, a second that hangs on it, and a third that hangs on the second. */
function stages(): HTMLFormElement {
  document.body.innerHTML = `
    <form method="post">
      <input type="hidden" name="attendees[0].timezone" data-time-zone>
      <select name="a.stage"><option value="">–</option><option value="idea">Idea</option><option value="proto">Prototype</option></select>
      <fieldset class="field" id="b" data-show-if='{"question":"a.stage","equals":["proto","market"]}' hidden>
        <label><input type="radio" name="b.tested" value="yes">Yes</label>
        <label><input type="radio" name="b.tested" value="no">No</label>
      </fieldset>
      <div class="field" id="c" data-show-if='{"question":"b.tested","equals":["yes"]}' hidden>
        <input name="c.how" required>
      </div>
    </form>`;
  $<HTMLSelectElement>("select").value = "proto";
  return $<HTMLFormElement>("form");
}

const $ = <T extends Element = HTMLElement>(selector: string) =>
  document.querySelector<T>(selector) as T;

function choose(control: HTMLInputElement | HTMLSelectElement, value?: string): void {
  if (value === undefined) {
    (control as HTMLInputElement).checked = true;
  } else {
    control.value = value;
  }
  control.dispatchEvent(new Event("change", { bubbles: true }));
}

test("a question is shown while the answer that leads to it stands", () => {
  questions(stages());
  expect($("#b").hidden).toBe(false);
  expect($("#c").hidden).toBe(true);

  choose($<HTMLInputElement>('[value="yes"]'));
  expect($("#c").hidden).toBe(false);

  choose($<HTMLInputElement>('[value="no"]'));
  expect($("#c").hidden).toBe(true);
});

test("a question that goes takes along those that hang on it, and their answers are not sent", () => {
  const form = stages();
  questions(form);
  choose($<HTMLInputElement>('[value="yes"]'));
  $<HTMLInputElement>("[required]").value = "On a bench";
  expect(new FormData(form).get("c.how")).toBe("On a bench");

  choose($<HTMLSelectElement>("select"), "idea");
  expect([$("#b").hidden, $("#c").hidden]).toEqual([true, true]);
  expect([...new FormData(form).keys()]).toEqual(["attendees[0].timezone", "a.stage"]);

  choose($<HTMLSelectElement>("select"), "proto");
  expect(new FormData(form).get("c.how")).toBe("On a bench");
});

test("a hidden question's required box does not keep the form from being sent", () => {
  const form = stages();
  questions(form);
  expect(form.checkValidity()).toBe(true);
});

test("what the browser puts back after a return is followed", () => {
  questions(stages());
  $<HTMLSelectElement>("select").value = "idea";
  dispatchEvent(new Event("pageshow"));
  expect($("#b").hidden).toBe(true);
});

test("a group's conditional questions hang on any of several ticked boxes", () => {
  document.body.innerHTML = `<form method="post">
    <input type="checkbox" name="t" value="one"><input type="checkbox" name="t" value="two" checked>
    <div data-show-if='{"question":"t","equals":["two","three"]}'><input name="more"></div></form>`;
  questions($<HTMLFormElement>("form"));
  expect($("div").hidden).toBe(false);
  const two = $<HTMLInputElement>('[value="two"]');
  two.checked = false;
  two.dispatchEvent(new Event("change", { bubbles: true }));
  expect($("div").hidden).toBe(true);
});

test.each(["", "{", '{"question":"t"}', "null"])(
  "the condition %j leaves the server's choice",
  (json) => {
    document.body.innerHTML = '<form method="post"><div hidden><input name="x"></div></form>';
    $("div").setAttribute("data-show-if", json);
    questions($<HTMLFormElement>("form"));
    expect($("div").hidden).toBe(true);
    expect($<HTMLInputElement>("input").disabled).toBe(false);
  },
);

test("the reader's zone travels with the form", () => {
  questions(stages());
  expect($<HTMLInputElement>("[data-time-zone]").value).toBe("UTC");
});

test("the last fifth of a long answer's room is counted", () => {
  document.body.innerHTML = `<form method="post"><div class="field">
    <textarea name="x" maxlength="10"></textarea><p class="field__count">Up to 10 characters</p></div></form>`;
  questions($<HTMLFormElement>("form"));
  const area = $<HTMLTextAreaElement>("textarea");
  const counted = (text: string) => {
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    return $(".field__count").textContent;
  };
  expect(counted("1234567")).toBe("Up to 10 characters");
  expect(counted("123456789")).toBe("1 character left");
  expect(counted("")).toBe("Up to 10 characters");
});
