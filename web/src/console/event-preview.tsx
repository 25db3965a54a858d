/** How an event will look on the programme, while it is being written. */

import type { Draft } from "../form/draft";
import {
  type CreateEventRequestSchema,
  type EventDetails,
  EventMode,
  type UpdateEventRequestSchema,
} from "../gen/lanyard/catalog/v1/catalog_pb";
import type { Times } from "../lib/schedule";
import { whenOf } from "../lib/schedule";
import { isDay } from "../lib/wall";
import { Icon } from "./kit/bits";

const modeIcons: Readonly<Partial<Record<EventMode, string>>> = {
  [EventMode.ONLINE]: "online",
  [EventMode.IN_PERSON]: "place",
  [EventMode.HYBRID]: "hybrid",
};

interface EventPreviewProps {
  /** What is being written; the preview follows it. */
  draft: Draft<typeof CreateEventRequestSchema> | Draft<typeof UpdateEventRequestSchema>;
  /** When it is, where that is not being written, too. */
  times?: Times | undefined;
}

/** The event's card, beside the form. */
export function EventPreview({ draft, times = timesOf(draft) }: EventPreviewProps) {
  const { details } = draft.message;
  const when = times === undefined ? null : whenOf(times);
  return (
    <aside class="beside" aria-labelledby="event-preview">
      <h2 class="beside__title" id="event-preview">
        On the programme
      </h2>
      <article class="event-card">
        <Tile day={times?.startsLocal.slice(0, 10) ?? ""} />
        <div class="event-card__body">
          <h3 class="event-card__title">{details?.title || "The title"}</h3>
          <p class="event-card__summary">{details?.summary || "One or two sentences about it."}</p>
          <ul class="event-card__facts">
            {when !== null && (
              <li>
                <Icon name="clock" /> {times?.allDay ? "All day" : clock(times)}{" "}
                <span class="nowrap">{when.zone}</span>
              </li>
            )}
            <li>
              <Icon name={modeIcons[details?.mode ?? 0] ?? "place"} /> {where(details)}
            </li>
            {details?.topic && <li>{details.topic}</li>}
          </ul>
        </div>
      </article>
    </aside>
  );
}

function timesOf({ message }: EventPreviewProps["draft"]): Times | undefined {
  return "schedule" in message ? message.schedule : undefined;
}

function Tile({ day }: { day: string }) {
  const date = isDay(day) ? new Date(`${day}T00:00Z`) : null;
  const part = (options: Intl.DateTimeFormatOptions) =>
    date?.toLocaleDateString("en-GB", { ...options, timeZone: "UTC" }) ?? "";
  return (
    <div class="date-tile">
      <span class="date-tile__weekday">{part({ weekday: "short" })}</span>
      <span class="date-tile__day">{part({ day: "numeric" }) || "?"}</span>
      <span class="date-tile__month">{part({ month: "short" })}</span>
    </div>
  );
}

function clock(times: Times | undefined): string {
  const [start, end] = [times?.startsLocal.slice(11), times?.endsLocal.slice(11)];
  const oneDay = times?.startsLocal.slice(0, 10) === times?.endsLocal.slice(0, 10);
  return oneDay ? `${start} to ${end}` : `From ${start}`;
}

function where(details: EventDetails | undefined): string {
  const town = details?.city || details?.venue || "";
  switch (details?.mode) {
    case EventMode.ONLINE:
      return "Online";
    case EventMode.HYBRID:
      return town === "" ? "Online and at a venue" : `${town}, and online`;
    default:
      return town || "At a venue";
  }
}
