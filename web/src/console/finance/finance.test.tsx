import { afterEach, describe, expect, it } from "vitest";
import { LineState, TargetKind } from "../../gen/lanyard/finance/v1/bank_pb";
import { FinanceService, ItemAction, Join } from "../../gen/lanyard/finance/v1/finance_pb";
import { ColumnKind, ReportName } from "../../gen/lanyard/finance/v1/report_pb";
import { Role } from "../../gen/lanyard/policy/v1/policy_pb";
import { may, seesFinance } from "../session";
import {
  called,
  controls,
  fill,
  memberAs,
  orgId,
  press,
  see,
  stage,
  strike,
  words,
} from "../stage";
import { kindText, monthOf, monthText, nameOfRef } from "./parts";

afterEach(strike);

const finance = `/console/o/${orgId}/finance`;
const pounds = (minor: bigint) => ({ minor, currency: "GBP" });

describe("finance", () => {
  it("is shown to those whom the contract lets in", () => {
    for (const role of [Role.OWNER, Role.ORGANISER, Role.FINANCE, Role.REVIEWER, Role.CHECK_IN]) {
      for (const events of [[], ["evt_mine"]]) {
        const member = memberAs(role, events);
        expect(seesFinance(member)).toBe(may(member, FinanceService.method.getOverview));
      }
    }
  });

  it("knows months in words and their ends", () => {
    expect(monthOf("2026-03-31", -1)).toEqual({ first: "2026-02-01", last: "2026-02-28" });
    expect(monthOf("2026-12-01", 1)).toEqual({ first: "2027-01-01", last: "2027-01-31" });
    expect(monthText("2026-11-01")).toBe("November 2026");
    expect(kindText("refund_sent")).toBe("Refund sent");
  });

  it("calls references by what people know them by", () => {
    expect(nameOfRef("2000:standard", [])).toBe("VAT at 20%, standard");
    expect(nameOfRef("ord_1", [])).toBe("ord_1");
  });

  it("says of an open item why it is open and the one thing to do", async () => {
    const on = stage(
      {
        finance: {
          getOverview: () => ({
            joins: [{ join: Join.BANK, title: "Payouts and bank", watch: { count: 1 } }],
          }),
          listItems: () => ({
            items: [
              {
                join: Join.BANK,
                account: "payout_transit",
                ref: "po_1",
                amount: pounds(35400n),
                days: 5,
                guess: "No statement shows it.",
                action: ItemAction.IMPORT,
                todo: "Import the statement",
              },
            ],
          }),
        },
      },
      finance,
    );
    await see(on, "No statement shows it.");
    await see(on, "£354.00");
    expect(controls(on)).toContain("Import the statement");
  });

  it("splits a line over several things and says what stays open", async () => {
    const line = {
      id: `bln_${"0".repeat(26)}`,
      amountMinor: 10000n,
      openMinor: 10000n,
      currency: "GBP",
      state: LineState.OPEN,
      text: "LEEDS LABS",
    };
    const on = stage(
      {
        bank: {
          listBankAccounts: () => ({ accounts: [{ id: "bac_1", name: "Main" }] }),
          listBankLines: () => ({ lines: [line] }),
          getBankLine: () => ({ line }),
          listCandidates: () => ({
            candidates: [
              { kind: TargetKind.ORDER, ref: "ord_1", title: "Order K7MP", amount: pounds(6000n) },
            ],
          }),
          matchLine: () => ({ line: { ...line, openMinor: 0n, state: LineState.EXPLAINED } }),
        },
      },
      `${finance}/bank?line=${line.id}`,
    );
    await see(on, "Order K7MP");
    await press(on, "Choose Order K7MP");
    await see(on, "£40.00 of the line stays open.");
    await fill(on, "Something else, such as rent", "sponsoring");
    await press(on, "Add");
    await see(on, "All of the line is explained.");
    await press(on, "Split over 2");
    const { message } = await called(on, "MatchLine");
    expect(message["parts"]).toMatchObject([
      { kind: TargetKind.ORDER, ref: "ord_1", amountMinor: 6000n },
      { kind: TargetKind.OTHER, ref: "sponsoring", amountMinor: 4000n },
    ]);
  });

  it("shows what contradicts a proof, and closes all the same only through the server", async () => {
    const on = stage(
      {
        finance: {
          getMonth: () => ({
            month: { firstDay: "2026-10-01", next: true, ended: true },
            proofs: [
              { id: "P1", claim: "Postings add up.", green: true, checked: 3 },
              {
                id: "P5",
                claim: "Nothing is open.",
                contradictions: [
                  { what: "item", ref: "receivable ord_1", says: "Open since May." },
                ],
              },
            ],
          }),
        },
      },
      `${finance}/months/2026-10-01`,
    );
    await see(on, "1 proof of nine not green");
    await see(on, "Open since May.");
    expect(controls(on)).toContain("ord_1");
    await press(on, "Close October 2026");
    await press(on, "Close it");
    expect((await called(on, "CloseMonth")).message["month"]).toBe("2026-10-01");
  });

  it("asks Stripe afresh when the page is told to, and says when that was", async () => {
    let checked = false;
    const on = stage(
      {
        finance: {
          checkMonth: () => {
            checked = true;
            return {};
          },
          getMonth: () => ({
            month: {
              firstDay: "2026-10-01",
              next: true,
              ended: true,
              ...(checked && { checkedAt: { seconds: 1_793_900_000n } }),
            },
            proofs: [{ id: "P7", claim: "Rows are here.", green: checked, checked: 3 }],
          }),
        },
      },
      `${finance}/months/2026-10-01`,
    );
    await see(on, "Stripe has not been asked for this month’s rows afresh.");
    await press(on, "Ask Stripe again");
    await see(on, "Stripe was last asked");
    await see(on, "All nine proofs are green");
  });

  it("lets another person agree to a write-off or decline it, and takes it back", async () => {
    const item = {
      account: "bank_suspense",
      ref: "bln_1",
      amount: pounds(-60n),
      action: ItemAction.MATCH,
      writeOff: { reason: "Too small", askedBy: "Ada" },
    };
    const on = stage(
      {
        finance: {
          getDetail: () => ({
            items: [item],
            writtenOff: [{ amount: pounds(-5n), reason: "Nobody knows", agreedBy: "Ben" }],
          }),
        },
      },
      `${finance}/books/bank_suspense/bln_1`,
    );
    await see(on, "Ada asked to write £0.60 off: Too small");
    await press(on, "Decline");
    await press(on, "Decline");
    expect((await called(on, "DropWriteOff")).message).toMatchObject({ ref: "bln_1" });
    await press(on, "Take the write-off back");
    await fill(on, "Why it is taken back", "It was a fee");
    await press(on, "Take it back");
    expect((await called(on, "UndoWriteOff")).message).toMatchObject({
      account: "bank_suspense",
      currency: "GBP",
      reason: "It was a fee",
    });
  });

  it("explains a payout without rows by the balance that it was taken from", async () => {
    const on = stage(
      {
        finance: {
          getPayout: () => ({
            payout: { id: "po_1", amount: pounds(5000n), status: "paid", automatic: false },
            running: {
              opening: pounds(1000n),
              sales: pounds(7000n),
              before: pounds(8000n),
              after: pounds(3000n),
            },
          }),
        },
      },
      `${finance}/payouts/po_1`,
    );
    await see(on, "Stripe does not say what it is made of");
    await see(on, "Balance before it");
    await see(on, "£80.00");
    await see(on, "Left on the balance");
    await see(on, "£30.00");
  });

  it("leaves columns of nothing out and leads from a row to its entries", async () => {
    const on = stage(
      {
        finance: { listPayouts: () => ({}) },
        reports: {
          getReport: ({ report }) => ({
            table: {
              report,
              title: "Events",
              columns: [
                { key: "event", title: "Event", kind: ColumnKind.TEXT },
                { key: "sold", title: "Sold", kind: ColumnKind.MONEY, summed: true },
                { key: "disputed", title: "Disputed", kind: ColumnKind.MONEY, summed: true },
              ],
              rows:
                report === ReportName.EVENTS
                  ? [
                      {
                        currency: "GBP",
                        cells: [{ text: "Summit" }, { number: 9600n }, {}],
                        trace: { event: "evt_1" },
                      },
                    ]
                  : [],
            },
          }),
          listJournals: () => ({ journals: [{ id: "jnl_1", kind: "sale", day: "2026-11-19" }] }),
        },
      },
      `${finance}/reports`,
    );
    await see(on, "£96.00");
    const table = on.page.querySelector(".report table");
    expect(table === null ? "" : words(table)).not.toContain("Disputed");
    await press(on, "Entries of Summit");
    await see(on, "19 Nov 2026");
    expect((await called(on, "ListJournals")).message["trace"]).toMatchObject({ event: "evt_1" });
  });
});
