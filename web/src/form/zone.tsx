/** A time zone, chosen by city. */

import { Component } from "preact";
import { viewerZone } from "../lib/time";
import type { ControlProps } from "./field";

/** The select for a field that holds an IANA zone. */
export function ZoneSelect({ place, form, id, describedBy, invalid }: ControlProps) {
  return (
    <ZoneList
      id={id}
      value={String(place.node.get(place.shape.desc))}
      invalid={invalid}
      describedBy={describedBy}
      onChoose={(zone) => form.draft.set(place, zone)}
    />
  );
}

/** What the list of zones needs. */
export interface ZoneListProps {
  id: string;
  value: string;
  invalid?: boolean;
  describedBy?: string | undefined;
  onChoose: (zone: string) => void;
}

/** All zones by continent. It has hundreds of entries, so it is drawn again only for a new value. */
export class ZoneList extends Component<ZoneListProps> {
  override shouldComponentUpdate(next: ZoneListProps): boolean {
    const { value, invalid, describedBy } = this.props;
    return next.value !== value || next.invalid !== invalid || next.describedBy !== describedBy;
  }

  override render() {
    const { id, value, invalid, describedBy } = this.props;
    const near = [...new Set([value, viewerZone()])].filter((z) => z !== "");
    return (
      <select
        id={id}
        class="input"
        required
        aria-invalid={invalid || undefined}
        aria-describedby={describedBy}
        value={value}
        onChange={(e) => this.props.onChoose(e.currentTarget.value)}
      >
        {value === "" && <option value="">Please choose</option>}
        {near.map((zone) => (
          <option key={zone} value={zone}>
            {spoken(zone)}
          </option>
        ))}
        {[...continents()].map(([continent, zones]) => (
          <optgroup key={continent} label={continent}>
            {zones
              .filter((zone) => !near.includes(zone))
              .map((zone) => (
                <option key={zone} value={zone}>
                  {city(zone)}
                </option>
              ))}
          </optgroup>
        ))}
      </select>
    );
  }
}

/** Browsers go by the names that places had when the list was begun. */
const presentNames: Readonly<Record<string, string>> = {
  "Africa/Asmera": "Africa/Asmara",
  "America/Godthab": "America/Nuuk",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Atlantic/Faeroe": "Atlantic/Faroe",
  "Europe/Kiev": "Europe/Kyiv",
  "Pacific/Enderbury": "Pacific/Kanton",
  "Pacific/Ponape": "Pacific/Pohnpei",
  "Pacific/Truk": "Pacific/Chuuk",
};

let byContinent: Map<string, string[]> | undefined;

function continents(): Map<string, string[]> {
  if (byContinent === undefined) {
    byContinent = new Map();
    for (const zone of Intl.supportedValuesOf("timeZone").map((z) => presentNames[z] ?? z)) {
      const others = byContinent.get(continent(zone)) ?? [];
      byContinent.set(continent(zone), [...others, zone]);
    }
  }
  return byContinent;
}

function continent(zone: string): string {
  const [first = "", rest] = zone.split("/");
  return rest === undefined ? "Other" : first;
}

function city(zone: string): string {
  return zone
    .slice(zone.indexOf("/") + 1)
    .replaceAll("_", " ")
    .replaceAll("/", ", ");
}

function spoken(zone: string): string {
  return zone.includes("/") ? `${city(zone)} (${continent(zone)})` : zone;
}
