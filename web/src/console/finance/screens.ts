/** What the way to finance leads to. */

import "./finance.css";

export { BankScreen } from "./bank";
export { DetailScreen } from "./detail";
export { EventStatement } from "./event-statement";
export { Exports } from "./exports";
export { ItemsScreen } from "./items";
export { MappingScreen } from "./mapping";
export { MonthScreen } from "./month";
export { Months } from "./months";
export { Overview } from "./overview";
export { PayoutScreen, Payouts } from "./payouts";
export { Reports } from "./reports";
export { Rules } from "./rules";
export { Schedules } from "./schedules";
export { TrailScreen } from "./trail";
