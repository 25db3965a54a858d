// Money for journeys of finance: what was sold is paid out, and the bank's statement says so.
import { buy, paidEvent, stripe } from "./till.mjs";
import { requestID, unique } from "./world.mjs";

const banks = "finance.v1.BankService";

/** Sells so many places, a refund among them, and has Stripe pay out what is available. */
export async function soldAndPaidOut(world, title, { places = 3, priceMinor = 12000 } = {}) {
  const event = await paidEvent(world, title, { priceMinor });
  const [before] = await payoutsOf(world, event.orgId);
  const orders = [];
  for (let i = 0; i < places; i++) {
    orders.push(await buy(world, event, { names: [`Guest ${"ABCDEFGH"[i]}`] }));
  }
  await stripe(world, "advance", { by: "72h" });
  const payout = await untilPaidOut(world, event.orgId, before?.id);
  return { event, orders, payout };
}

/** The payouts that the books know, the latest first. */
async function payoutsOf(world, orgId) {
  const method = "finance.v1.FinanceService/ListPayouts";
  const { payouts = [] } = await world.call("finance", method, { orgId });
  return payouts;
}

/** Waits until the books know a payout after the one before, with its rows. */
export async function untilPaidOut(world, orgId, before) {
  for (let i = 0; i < 150; i++) {
    const payouts = await payoutsOf(world, orgId);
    if (payouts.length > 0 && payouts[0].rows > 0 && payouts[0].id !== before) {
      return payouts[0];
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("the books heard of no payout");
}

/** Makes a bank account that belongs to one journey. */
export async function bankAccount(world, orgId) {
  const number = String(Date.now()).slice(-8);
  const { account } = await world.call("finance", `${banks}/SaveBankAccount`, {
    orgId,
    requestId: requestID(),
    name: unique("Bank "),
    number: `200000 ${number}`,
    currency: "GBP",
  });
  return account;
}

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** A statement as NatWest writes it, with the balance after each line. */
export function statementCSV({ number, name }, opening, lines) {
  let balance = opening;
  const rows = lines.map(({ day, text, minor }) => {
    balance += minor;
    const [year, month, date] = day.split("-");
    const on = `${date} ${months[Number(month) - 1]} ${year}`;
    const account = `"${name}","${number.slice(0, 6)}-${number.slice(6)}"`;
    return `${on},BAC,"${text}",${pounds(minor)},${pounds(balance)},${account},`;
  });
  const head = "Date, Type, Description, Value, Balance, Account Name, Account Number";
  return [head, ...rows, ""].join("\r\n");
}

function pounds(minor) {
  return (minor / 100).toFixed(2);
}
