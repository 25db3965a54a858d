// Reads calendars with ical.js, the parser of Thunderbird, and says what it saw.
// Usage: node read.mjs path/to/ical.js < question.json > answer.json
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const module = await import(pathToFileURL(require.resolve(process.argv[2])));
const ICAL = module.default ?? module;
ICAL.design.strict = true;

const question = JSON.parse(readFileSync(0, "utf8"));
const answer = { files: {}, probes: 0, ambiguous: 0, wrong: [] };

for (const [name, text] of Object.entries(question.files ?? {})) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  answer.files[name] = {
    method: calendar.getFirstPropertyValue("method") ?? "",
    events: calendar.getAllSubcomponents("vevent").map(readEvent),
  };
}

function readEvent(component) {
  const event = new ICAL.Event(component);
  const attendee = component.getFirstProperty("attendee");
  return {
    uid: event.uid,
    summary: event.summary,
    start: event.startDate.toJSDate().toISOString(),
    end: event.endDate.toJSDate().toISOString(),
    attendee: attendee?.getFirstValue() ?? "",
    cn: attendee?.getFirstParameter("cn") ?? "",
    organizer: component.getFirstPropertyValue("organizer"),
  };
}

for (const { name, text, changes } of question.zones ?? []) {
  const component = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vtimezone");
  const zone = new ICAL.Timezone(component);
  const offsetAt = (unix) => changes.findLast((c) => c.at <= unix)?.offset;
  for (let at = question.from; at < question.to; at += question.step) {
    const want = offsetAt(at);
    const wall = new Date((at + want) * 1000);
    const time = new ICAL.Time({
      year: wall.getUTCFullYear(),
      month: wall.getUTCMonth() + 1,
      day: wall.getUTCDate(),
      hour: wall.getUTCHours(),
      minute: wall.getUTCMinutes(),
      second: wall.getUTCSeconds(),
    });
    const got = zone.utcOffset(time);
    answer.probes++;
    if (got === want) continue;
    // A wall time that comes twice has two right answers.
    if (offsetAt(at + want - got) === got) answer.ambiguous++;
    else answer.wrong.push(`${name} ${wall.toISOString()}: ${got}, not ${want}`);
  }
}

answer.wrong.length = Math.min(answer.wrong.length, 20);
process.stdout.write(JSON.stringify(answer));
