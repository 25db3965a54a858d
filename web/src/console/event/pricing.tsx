/** What products cost: the fields that ask for it, and the words that say it. */

import { AmountField, MaybeNumberField, PercentField } from "../../form/amount";
import type { FieldProps, Kit } from "../../form/handle";
import { ListField } from "../../form/list";
import { Ticks } from "../../form/ticks";
import {
  type PricePhase,
  Pricing,
  type Product,
  type ProductDetails,
  ProductKind,
  VatCategory,
} from "../../gen/lanyard/inventory/v1/inventory_pb";
import { percent, price } from "../../lib/money";
import { number } from "../../lib/words";

/** The components for the fields of a price. */
export function priceFields(products: readonly Product[], own: string): NonNullable<Kit["fields"]> {
  const tickets = products.filter(
    (p) => !p.archived && p.id !== own && p.details?.kind === ProductKind.TICKET,
  );
  return {
    price_minor: AmountField,
    minimum_minor: AmountField,
    member_price_minor: AmountField,
    vat_rate: PercentField,
    group_percent: PercentField,
    places: MaybeNumberField,
    phases: ListField,
    needs_product_ids: (props: FieldProps) => (
      <Ticks
        {...props}
        ticks={tickets.map((p) => ({ id: p.id, label: p.details?.title ?? "" }))}
        none="There is no ticket yet."
      />
    ),
  };
}

/** The currency that the event's prices are in; pounds while there are none. */
export function currencyOf(products: readonly Product[]): string {
  return products.find((p) => !p.archived && p.details?.currency)?.details?.currency ?? "GBP";
}

/** The details without what belongs to another kind or way of pricing than the one chosen. */
export function tidy(details: ProductDetails): ProductDetails {
  const kind = details.kind;
  const pricing = kind === ProductKind.DONATION ? Pricing.OPEN : details.pricing;
  const out: ProductDetails = { ...details, pricing };
  if (kind !== ProductKind.ADD_ON) {
    out.needsProductIds = [];
  }
  if (kind === ProductKind.DONATION) {
    out.poolIds = [];
    out.sessionIds = [];
  }
  if (pricing !== Pricing.OPEN) {
    out.minimumMinor = 0n;
  }
  if (pricing !== Pricing.FIXED) {
    delete out.memberPriceMinor;
    Object.assign(out, { phases: [], groupFrom: 0, groupPercent: 0 });
  }
  if (pricing !== Pricing.FIXED && pricing !== Pricing.OPEN) {
    Object.assign(out, { currency: "", priceMinor: 0n, vatCategory: VatCategory.OUTSIDE });
  }
  if (out.vatCategory !== VatCategory.STANDARD && out.vatCategory !== VatCategory.REDUCED) {
    out.vatRate = 0;
  }
  if (out.groupFrom === 0) {
    out.groupPercent = 0;
  }
  return out;
}

/** "£120.00 with 20 % VAT", "From £2.00, as people choose", "Free". */
export function priceOf(details: ProductDetails): string {
  const { currency, priceMinor, minimumMinor } = details;
  switch (details.pricing) {
    case Pricing.FIXED:
      return `${price(priceMinor, currency)} ${vatOf(details)}`;
    case Pricing.OPEN:
      return minimumMinor > 0n
        ? `From ${price(minimumMinor, currency)}, as people choose`
        : "As people choose";
    default:
      return "Free";
  }
}

function vatOf({ vatCategory, vatRate }: ProductDetails): string {
  switch (vatCategory) {
    case VatCategory.STANDARD:
    case VatCategory.REDUCED:
      return `with ${percent(vatRate)} % VAT`;
    case VatCategory.ZERO:
      return "zero-rated";
    case VatCategory.EXEMPT:
      return "exempt from VAT";
    default:
      return "without VAT";
  }
}

/** "Early bird: £90.00 until 2026-12-03 or for 50 places, 12 taken". */
export function phaseOf(phase: PricePhase, currency: string): string {
  const { title, priceMinor, endsLocal, places, taken } = phase;
  const ends = [
    endsLocal === "" ? "" : `until ${endsLocal.replace("T", " ")}`,
    places === undefined ? "" : `for ${number(places)} places`,
  ].filter((part) => part !== "");
  return `${title}: ${price(priceMinor, currency)} ${ends.join(" or ")}, ${number(taken)} taken`;
}

/** The rest of what is worth saying about a product's sale, a line each. */
export function termsOf(details: ProductDetails): string[] {
  const { currency, memberPriceMinor, groupFrom, groupPercent } = details;
  return [
    ...details.phases.map((phase) => phaseOf(phase, currency)),
    memberPriceMinor === undefined ? "" : `Members pay ${price(memberPriceMinor, currency)}`,
    groupFrom === 0 ? "" : `${percent(groupPercent)} % off from ${number(groupFrom)} in one order`,
    details.hidden ? "Only with an access code" : "",
    details.sellsFromLocal === "" ? "" : `On sale from ${details.sellsFromLocal.replace("T", " ")}`,
    details.sellsUntilLocal === ""
      ? ""
      : `On sale until ${details.sellsUntilLocal.replace("T", " ")}`,
  ].filter((line) => line !== "");
}
