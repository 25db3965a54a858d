// Journeys: what they are, how they are run and reported.
import { mkdir } from "node:fs/promises";
import { openPerson } from "./browser.mjs";
import { World } from "./world.mjs";

const all = [];
let file = "";

/** Says which file the journeys declared from now on are in. */
export function inFile(name) {
  file = name;
}

/**
 * Declares a journey. Options are those of openPerson, and `role`, for whom it starts signed in;
 * `first` for long ones, so that they do not end up alone at the end, and `waits` for one that
 * spends its time waiting, which then walks beside the others.
 * The walk gets the person's tab and the world around it.
 */
export function journey(name, options, walk) {
  all.push({ name, options, walk, file });
}

/** The journeys whose name or file contains any of the words; all of them without words. */
export function selected(words) {
  const chosen = all.filter(
    ({ name, file }) =>
      words.length === 0 || words.some((word) => name.includes(word) || file.includes(word)),
  );
  return chosen.sort((a, b) => Number(b.options.first ?? false) - Number(a.options.first ?? false));
}

/** Walks the journeys, two at a time, and returns how many failed. */
export async function runJourneys(journeys, { server, shots }) {
  const world = new World(server);
  const busy = journeys.filter(({ options }) => !options.waits);
  const beside = journeys.filter(({ options }) => options.waits);
  let failed = 0;
  const began = Date.now();
  const lane = async (waiting) => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const passed = await runOne(next, world, shots);
      failed += passed ? 0 : 1;
    }
  };
  await Promise.all([lane(busy), lane(busy), lane(beside)]);
  console.log(`took ${((Date.now() - began) / 1000).toFixed(0)} s`);
  console.log(`${journeys.length - failed} passed, ${failed} failed`);
  return failed;
}

async function runOne({ name, options, walk }, world, shots) {
  const began = Date.now();
  let person;
  try {
    const state = options.role ? await world.signedIn(options.role) : undefined;
    person = await openPerson(world.base, { ...options, state });
    await within(options.seconds ?? 90, walk({ ...person, world }));
    if (person.faults.length > 0) {
      throw new Error(person.faults.join("; "));
    }
    console.log(`ok ${name} (${Date.now() - began})`);
    return true;
  } catch (error) {
    const where = await photograph(person, shots, name);
    console.log(`FAIL ${name} ${error.message.split("\n").slice(0, 12).join("\n     ")}${where}`);
    if (process.env.E2E_STACK) {
      console.log(error.stack);
    }
    return false;
  } finally {
    await person?.close();
  }
}

/** Keeps a picture of the page at which a journey failed; returns where. */
async function photograph(person, shots, name) {
  const page = person?.context.pages().at(-1);
  if (page === undefined) {
    return "";
  }
  await mkdir(shots, { recursive: true });
  const file = `${shots}${name.replace(/[^a-z0-9]+/gi, "-")}.png`;
  const seen = await page.screenshot({ path: file, fullPage: true }).then(
    () => true,
    () => false, // the page has gone
  );
  return `\n     at ${page.url()}${seen ? `, see ${file}` : ""}`;
}

async function within(seconds, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
