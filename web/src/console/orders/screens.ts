/** What the way to orders and money leads to. */

export { EventOrders, OrderList } from "./list";
export { OrderPage } from "./order";
export { SalesTerms } from "./sales";
export { SellingSettings } from "./selling";
export { TaskList } from "./tasks";
