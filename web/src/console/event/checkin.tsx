/** The check-in tab: its screens are fetched when somebody comes to it. */

import { Ready } from "../kit/bits";
import { useLoad } from "../load";
import { useEvent } from "./context";

/** Fetches the check-in screens and draws the one that is asked for. */
export function CheckIn() {
  const { clients } = useEvent();
  const program = useLoad(async () => {
    const [{ CheckInScreen }, client] = await Promise.all([
      import("./checkin/screen"),
      clients.checkIn(),
    ]);
    return { CheckInScreen, client };
  }, []);
  return (
    <Ready of={program}>{({ CheckInScreen, client }) => <CheckInScreen client={client} />}</Ready>
  );
}
