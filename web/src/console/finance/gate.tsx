/** The way to the screens about finance: they are fetched when somebody comes to one. */

import type { Client } from "@connectrpc/connect";
import { type ComponentChildren, createContext } from "preact";
import { useContext } from "preact/hooks";
import type { BankService } from "../../gen/lanyard/finance/v1/bank_pb";
import type { FinanceService } from "../../gen/lanyard/finance/v1/finance_pb";
import type { ReportService } from "../../gen/lanyard/finance/v1/report_pb";
import { Ready } from "../kit/bits";
import { useLoad } from "../load";
import { type Here, useHere } from "../session";

/** The screens. */
export type Screens = typeof import("./screens");

/** The way to the server about money. */
export interface Books {
  finance: Client<typeof FinanceService>;
  bank: Client<typeof BankService>;
  reports: Client<typeof ReportService>;
}

const BooksContext = createContext<Books | null>(null);

/** Fetches the screens and draws one of them. */
export function Finance({ draw }: { draw: (screens: Screens) => ComponentChildren }) {
  const { clients } = useHere();
  const program = useLoad(async () => {
    const [screens, books] = await Promise.all([import("./screens"), clients.finance()]);
    return { screens, books };
  }, []);
  return (
    <Ready of={program}>
      {({ screens, books }) => (
        <BooksContext.Provider value={books}>{draw(screens)}</BooksContext.Provider>
      )}
    </Ready>
  );
}

/** The present organisation, with the way to its books. */
export function useBooks(): Here & Books {
  const here = useHere();
  const books = useContext(BooksContext);
  if (books === null) {
    throw new Error("drawn outside finance");
  }
  return { ...here, ...books };
}
