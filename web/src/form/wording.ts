/**
 * What a broken rule means, in words. The rule's id decides, never its text: the browser and the
 * server break the same rules under the same ids. Rules that only the server knows come with a
 * predicate ("is in the past"), to which the field's label is the subject.
 */

import type { Violation } from "../lib/errors";
import type { Shape } from "./schema";

/** The sentence for a broken rule, shown beside its field. */
export function wording(violation: Violation, shape: Shape | undefined): string {
  return (shape === undefined ? "" : known(violation.rule, shape)) || spoken(violation, shape);
}

function known(rule: string, shape: Shape): string {
  switch (rule) {
    case "required":
    case "string.min_len":
    case "enum.not_in":
    case "enum.defined_only":
      return missing(shape);
    case "string.max_len":
      return shape.maxLength === undefined
        ? "Please shorten this."
        : `Please keep this to ${shape.maxLength} characters.`;
    case "string.email":
      return "Please enter an e-mail address, such as name@example.org.";
    case "string.uri":
      return "Please enter a web address, such as https://example.org.";
    case "string.pattern":
      return misshapen(shape);
    case "number":
      return "Please enter a whole number.";
    case "amount":
      return "Please enter an amount, such as 25.00.";
    case "percent":
      return "Please enter a percentage, such as 20 or 17.5.";
    case "repeated.min_items":
      return shape.min === 1
        ? "Please choose at least one."
        : `Please choose at least ${shape.min}.`;
    case "repeated.max_items":
      return `Please choose at most ${shape.max}.`;
    case "repeated.unique":
      return "Please name each only once.";
    default:
      return /^u?int(32|64)\.(gt|lt)/.test(rule) ? bounds(shape) : "";
  }
}

function missing(shape: Shape): string {
  switch (shape.kind) {
    case "select":
    case "radio":
    case "timezone":
      return "Please choose one.";
    case "checkbox":
      return "Please tick this box.";
    case "date":
      return "Please choose a day.";
    case "datetime":
      return "Please choose a day and a time.";
    default:
      return "Please fill this in.";
  }
}

function misshapen(shape: Shape): string {
  switch (shape.kind) {
    case "url":
      return shape.placeholder === ""
        ? "Please enter a web address."
        : `Please enter a web address that begins with ${shape.placeholder}.`;
    case "email":
      return "Please enter an e-mail address, such as name@example.org.";
    case "datetime":
      return "Please choose a day and a time.";
    case "date":
      return "Please choose a day.";
    default:
      return shape.help === ""
        ? "This has characters that cannot be used here."
        : `This does not fit. ${shape.help}`;
  }
}

function bounds({ min, max }: Shape): string {
  if (min !== undefined && max !== undefined) {
    return `Please enter a number from ${min} to ${max}.`;
  }
  return min === undefined ? `Please enter at most ${max}.` : `Please enter at least ${min}.`;
}

function spoken({ message }: Violation, shape: Shape | undefined): string {
  const predicate = /^\p{Ll}/u.test(message);
  const text = predicate ? `${shape?.label || "This"} ${message}` : message;
  if (text === "") {
    return "Please check this.";
  }
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
