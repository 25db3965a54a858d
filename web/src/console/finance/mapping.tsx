/** How our accounts are called in an accounts package. */

import { create } from "@bufbuild/protobuf";
import { useState } from "preact/hooks";
import { labelOf, optionsOf } from "../../form/schema";
import {
  AccountsPackage,
  AccountsPackageSchema,
  type GetMappingResponse,
  type MappedAccount,
  MappingLineSchema,
} from "../../gen/lanyard/finance/v1/report_pb";
import { Icon, Ready, Trouble } from "../kit/bits";
import { say } from "../kit/toast";
import { useAction, useLoad } from "../load";
import { ask, query } from "../router";
import { useBooks } from "./gate";
import { FinanceHead } from "./parts";

interface Words {
  code: string;
  tax: string;
  extra: string;
}

const heads: Readonly<Record<number, Words>> = {
  [AccountsPackage.XERO]: { code: "Account code", tax: "Tax rate", extra: "Tracking" },
  [AccountsPackage.QUICKBOOKS]: { code: "Account name", tax: "", extra: "Name" },
  [AccountsPackage.SAGE]: { code: "Nominal code", tax: "Tax code", extra: "Department" },
};

const hints: Readonly<Record<number, Words>> = {
  [AccountsPackage.XERO]: { code: "200", tax: "No VAT", extra: "Event: Summit" },
  [AccountsPackage.QUICKBOOKS]: { code: "Sales:Tickets", tax: "", extra: "" },
  [AccountsPackage.SAGE]: { code: "4000", tax: "T9", extra: "1" },
};

/** The screen. */
export function MappingScreen() {
  const { org, reports } = useBooks();
  const system = Number(query.value.get("package") ?? AccountsPackage.XERO) as AccountsPackage;
  const found = useLoad(
    (signal) => reports.getMapping({ orgId: org.id, package: system }, { signal }),
    [org.id, system],
  );
  return (
    <>
      <FinanceHead title="Account codes" />
      <div class="toolbar">
        <div class="field">
          <label class="field__label" for="package">
            Accounts package
          </label>
          <select
            class="input"
            id="package"
            value={String(system)}
            onChange={(e) => ask({ package: e.currentTarget.value })}
          >
            {optionsOf(AccountsPackageSchema).map((o) => (
              <option key={o.value} value={String(o.value)}>
                {o.label}
              </option>
            ))}
          </select>
        </div>
      </div>
      <Ready of={found}>
        {(data) => (
          <Editor
            key={`${system} ${data.version}`}
            system={system}
            data={data}
            reload={found.reload}
          />
        )}
      </Ready>
    </>
  );
}

const keyOf = ({ account, ref }: { account: string; ref: string }) => `${account} ${ref}`;
const none: Words = { code: "", tax: "", extra: "" };

function Editor(props: { system: AccountsPackage; data: GetMappingResponse; reload: () => void }) {
  const { org, reports } = useBooks();
  const { system, data } = props;
  const [lines, setLines] = useState<ReadonlyMap<string, Words>>(
    () => new Map(data.lines.map((l) => [keyOf(l), { code: l.code, tax: l.tax, extra: l.extra }])),
  );
  const kept = () => data.accounts.filter((a) => (lines.get(keyOf(a))?.code ?? "").trim() !== "");
  const save = useAction(
    (requestId) =>
      reports.saveMapping({
        orgId: org.id,
        requestId,
        package: system,
        version: data.version,
        lines: kept().map((a) =>
          create(MappingLineSchema, {
            account: a.account,
            ref: a.ref,
            ...(lines.get(keyOf(a)) ?? none),
          }),
        ),
      }),
    () => {
      say("The codes are saved.");
      props.reload();
    },
  );
  const put = (a: MappedAccount, change: Partial<Words>) =>
    setLines(new Map(lines).set(keyOf(a), { ...(lines.get(keyOf(a)) ?? none), ...change }));
  const wrong = new Map(
    (save.problem?.violations ?? []).flatMap((v) => {
      const at = /^lines\[(\d+)\]/.exec(v.path)?.[1];
      const account = at === undefined ? undefined : kept()[Number(at)];
      return account === undefined ? [] : [[keyOf(account), v.message] as const];
    }),
  );
  const head = heads[system] ?? none;
  const hint = hints[system] ?? none;
  const missing = data.accounts.filter(
    (a) => a.used && a.ref === "" && (lines.get(keyOf(a))?.code ?? "") === "",
  ).length;
  return (
    <form
      class="stack mapping"
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        void save.run();
      }}
    >
      <p class="muted">
        Nothing can be exported to {labelOf(AccountsPackageSchema, system)} from an account that has
        no code there. Parts of an account, such as one VAT rate, take its code unless they have
        their own.
        {missing > 0 && ` ${missing} accounts in use have none.`}
      </p>
      {save.problem !== null && <Trouble problem={save.problem} />}
      <div class="table-wrap">
        <table class="table">
          <caption class="visually-hidden">Account codes</caption>
          <thead>
            <tr>
              <th scope="col">Our account</th>
              <th scope="col">{head.code}</th>
              {head.tax !== "" && <th scope="col">{head.tax}</th>}
              <th scope="col">{head.extra}</th>
            </tr>
          </thead>
          <tbody>
            {data.accounts.map((a) => {
              const now = lines.get(keyOf(a)) ?? none;
              const problem = wrong.get(keyOf(a));
              const box = (field: keyof Words, label: string) => (
                <td>
                  <input
                    class="input"
                    aria-label={`${label} for ${a.title}`}
                    aria-invalid={problem !== undefined || undefined}
                    placeholder={a.ref === "" ? hint[field] : ""}
                    maxLength={100}
                    value={now[field]}
                    onInput={(e) => put(a, { [field]: e.currentTarget.value })}
                  />
                </td>
              );
              return (
                <tr key={keyOf(a)} class={a.ref === "" ? undefined : "mapping__part"}>
                  <th scope="row">
                    {a.title}
                    {a.used && a.ref === "" && now.code === "" && (
                      <span class="badge badge--warm">In use</span>
                    )}
                    {problem !== undefined && <span class="field__error">{problem}</span>}
                  </th>
                  {box("code", head.code)}
                  {head.tax !== "" && box("tax", head.tax)}
                  {box("extra", head.extra)}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <div class="form__actions form__actions--sticky">
        <button type="submit" class="button button--primary" aria-busy={save.busy || undefined}>
          <Icon name="check" />
          Save
        </button>
      </div>
    </form>
  );
}
