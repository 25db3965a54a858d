/**
 * When something happens, asked for as the wall clock at the venue shows it. The end follows the
 * start; the hour that the clocks repeat or skip is pointed out; the whole is said in words.
 */

import type { ReflectMessage } from "@bufbuild/protobuf/reflect";
import { below, isAsked, type Place } from "../form/draft";
import { Field, Grouped, Labelled } from "../form/field";
import { type FieldProps, idOf, type Kit } from "../form/handle";
import { placesIn } from "../form/places";
import { shapesOf } from "../form/schema";
import { WallInput } from "../form/when";
import { ZoneSelect } from "../form/zone";
import { type Schedule, ScheduleSchema } from "../gen/lanyard/catalog/v1/catalog_pb";
import { whenOf } from "../lib/schedule";
import { clockTime, knowsZone, zoneName } from "../lib/time";
import { isWall, meaningOf, shiftWall, wallDistance } from "../lib/wall";
import { Notice } from "./kit/bits";

/** Brings the field along for every form with a schedule in it. */
export const scheduleKit: Kit = { messages: { [ScheduleSchema.typeName]: ScheduleField } };

/** A schedule that is being filled in. */
export function ScheduleField({ place, form }: FieldProps) {
  const node = place.node.get(place.shape.desc) as ReflectMessage;
  const now = node.message as Schedule;
  const at = (name: string): Place | null => {
    const shape = shapesOf(node.desc).find((s) => s.name === name);
    return shape === undefined ? null : { shape, node, path: below(place.path, name) };
  };
  const change = (changes: Partial<Schedule>) => {
    Object.assign(now, changes);
    for (const { localName, name } of node.desc.fields) {
      if (localName in changes) {
        form.draft.touch(below(place.path, name));
      }
    }
  };
  const [starts, ends, zone, allDay] = ["starts_local", "ends_local", "timezone", "all_day"].map(
    at,
  );
  const others = placesIn(node, place.path, "", form.kit).filter(
    ({ shape }) => !["starts_local", "ends_local", "timezone", "all_day"].includes(shape.name),
  );
  return (
    <div class="field field--wide schedule">
      <div class="form__grid">
        {starts && (
          <WallField
            place={starts}
            form={form}
            now={now}
            onChange={(wall) => change({ startsLocal: wall, ...followingEnd(now, wall) })}
            onSecond={(startsSecond) => change({ startsSecond })}
          />
        )}
        {ends && (
          <WallField
            place={ends}
            form={form}
            now={now}
            onChange={(endsLocal) => change({ endsLocal })}
            onSecond={(endsSecond) => change({ endsSecond })}
          />
        )}
        {allDay && <AllDay place={allDay} form={form} onChange={(v) => change(asDays(now, v))} />}
        {zone && (
          <Labelled place={zone} form={form}>
            {(props) => <ZoneSelect {...props} />}
          </Labelled>
        )}
        {others.filter(isAsked).map((other) => (
          <Field key={other.path} place={other} form={form} />
        ))}
      </div>
      <InWords times={{ ...now }} />
    </div>
  );
}

/** A schedule in words, with the reader's own time where that differs. */
export function InWords({ times }: { times: Schedule }) {
  const when = whenOf(times);
  return (
    <p class="schedule__words" aria-live="polite">
      {when !== null && (
        <>
          <strong>{when.text}</strong>
          {when.zone !== "" && `, ${when.zone}`}
          {when.here !== null && <span class="table__sub">{when.here}</span>}
        </>
      )}
    </p>
  );
}

interface WallFieldProps extends FieldProps {
  now: Schedule;
  onChange: (wall: string) => void;
  onSecond: (second: boolean) => void;
}

function WallField({ place, form, now, onChange, onSecond }: WallFieldProps) {
  const wall = String(place.node.get(place.shape.desc));
  const isStart = place.shape.name === "starts_local";
  return (
    <Grouped place={place} form={form}>
      {(props) => (
        <>
          <WallInput
            id={props.id}
            name={place.shape.label}
            value={wall}
            required
            invalid={props.invalid}
            describedBy={props.describedBy}
            dayOnly={now.allDay}
            onChange={onChange}
            onLeave={() => void form.draft.checkAt(place.path)}
          />
          {!now.allDay && (
            <OddHour
              id={idOf(form, `${place.path}-odd`)}
              wall={wall}
              zone={now.timezone}
              second={isStart ? now.startsSecond : now.endsSecond}
              onSecond={onSecond}
            />
          )}
        </>
      )}
    </Grouped>
  );
}

interface OddHourProps {
  id: string;
  wall: string;
  zone: string;
  second: boolean;
  onSecond: (second: boolean) => void;
}

/** What there is to say about a time that the clocks skip or repeat. */
function OddHour({ id, wall, zone, second, onSecond }: OddHourProps) {
  const meaning = knowsZone(zone) ? meaningOf(wall, zone) : null;
  if (meaning?.kind === "never") {
    return (
      <Notice tone="warning" title="The clocks jump over this time">
        <p>{wall.slice(11)} does not exist on that day. Please choose another time.</p>
      </Notice>
    );
  }
  if (meaning?.kind !== "twice") {
    return null;
  }
  const choices = [
    { value: false, at: meaning.at, name: "The first" },
    { value: true, at: meaning.again, name: "The second" },
  ];
  return (
    <Notice tone="warning" title={`${wall.slice(11)} comes twice on that day`}>
      <div class="choices choices--inline">
        {choices.map(({ value, at, name }) => (
          <label class="choice" key={name}>
            <input
              type="radio"
              name={id}
              checked={second === value}
              onChange={() => onSecond(value)}
            />
            <span class="choice__title">
              {name}, {clockTime(at, zone)} {zoneName(at, zone)}
            </span>
          </label>
        ))}
      </div>
    </Notice>
  );
}

interface AllDayProps extends FieldProps {
  onChange: (allDay: boolean) => void;
}

function AllDay({ place, form, onChange }: AllDayProps) {
  const id = idOf(form, place.path);
  return (
    <div class="field">
      <label class="choice" for={id}>
        <input
          type="checkbox"
          id={id}
          checked={place.node.get(place.shape.desc) as boolean}
          onChange={(e) => onChange(e.currentTarget.checked)}
        />
        <span>
          <span class="choice__title">{place.shape.label}</span>
          <span class="choice__help">{place.shape.help}</span>
        </span>
      </label>
    </div>
  );
}

const hour = 60;

/** The end that goes with a new start: as long after it as before, or an hour later at first. */
function followingEnd(now: Schedule, start: string): Partial<Schedule> {
  if (now.allDay) {
    const length = wallDistance(now.startsLocal, now.endsLocal);
    const end = length >= 0 ? shiftWall(start, length).slice(0, 10) : start;
    return { endsLocal: end };
  }
  if (!isWall(start)) {
    return {};
  }
  const length = isWall(now.startsLocal) ? wallDistance(now.startsLocal, now.endsLocal) : hour;
  return { endsLocal: shiftWall(start, length > 0 ? length : hour) };
}

/** The same schedule as days, or with times of day again. */
function asDays(now: Schedule, allDay: boolean): Partial<Schedule> {
  const [first, last] = [now.startsLocal.slice(0, 10), now.endsLocal.slice(0, 10)];
  const clock = (day: string, time: string) => (day === "" ? "" : `${day}T${time}`);
  return allDay
    ? { allDay, startsLocal: first, endsLocal: last, startsSecond: false, endsSecond: false }
    : { allDay, startsLocal: clock(first, "09:00"), endsLocal: clock(last, "17:00") };
}
