/** What stands above a form that was refused: each thing to put right, with a way to its field. */

import { useEffect, useRef } from "preact/hooks";
import { sentence } from "../lib/errors";
import { find, isAsked } from "./draft";
import { type FormHandle, idOf } from "./handle";
import { shapeAt } from "./schema";
import { wording } from "./wording";

/** The summary, which takes the focus whenever another attempt has failed. */
export function ErrorSummary({ form }: { form: FormHandle }) {
  const box = useRef<HTMLDivElement>(null);
  const failures = form.failures.value;
  const problem = form.problem.value;
  const violations = form.draft.violations.value;
  useEffect(() => {
    if (failures > 0) {
      box.current?.focus();
    }
  }, [failures]);
  const rows = failures === 0 ? [] : rowsOf(form);
  const refused = problem !== null && violations.length === 0 ? sentence(problem) : "";
  if (rows.length === 0 && refused === "") {
    return null;
  }
  return (
    <div class="error-summary" role="alert" tabIndex={-1} ref={box}>
      <h2 class="error-summary__title">
        <span class="icon icon--bad" aria-hidden="true" />
        {refused || titleFor(rows.length)}
      </h2>
      {rows.length > 0 && (
        <ul class="error-summary__list">
          {rows.map(({ path, text, id }) => (
            <li key={path}>{id === null ? text : <FieldLink id={id} text={text} />}</li>
          ))}
        </ul>
      )}
      {refused !== "" && problem?.reason === "" && problem.logId !== undefined && (
        <p class="small">If it keeps happening, quote {problem.logId} when you ask for help.</p>
      )}
    </div>
  );
}

function FieldLink({ id, text }: { id: string; text: string }) {
  return (
    <a
      href={`#${id}`}
      onClick={(e) => {
        e.preventDefault();
        document.getElementById(id)?.focus();
      }}
    >
      {text}
    </a>
  );
}

interface Row {
  path: string;
  text: string;
  /** The element to go to; null for what has no field on the page. */
  id: string | null;
}

function rowsOf(form: FormHandle): Row[] {
  const rows = new Map<string, Row>();
  for (const violation of form.draft.violations.value) {
    const { path } = violation;
    const shape = shapeAt(form.draft.desc, path);
    const place = find(form.draft.root, path.replace(/\[\d+\]$/, ""));
    const shown = place !== null && isAsked(place);
    const words = wording(violation, shape);
    const label = shape?.label ?? "";
    const text = label === "" || words.startsWith(label) ? words : `${label}: ${lowerFirst(words)}`;
    if (!rows.has(path)) {
      rows.set(path, { path, text, id: shown ? idOf(form, path) : null });
    }
  }
  return [...rows.values()];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function titleFor(n: number): string {
  return n === 1 ? "One thing to put right" : `${n} things to put right`;
}
