import { expect, test } from "vitest";
import { Finder } from "./find";

const people: readonly [string, string, string][] = [
  ["1", "Łukasz Wójcik", "Vistula Biotech"],
  ["2", "José García", "Clínica Sol"],
  ["3", "Siobhán O’Brien", "NHS Lothian"],
  ["4", "Anders Ångström", "Uppsala"],
  ["5", "Luka Novak", "Adria Labs"],
  ["6", "Al Ng", "Q"],
];

function finder(): Finder<string> {
  const f = new Finder<string>();
  for (const [id, name, company] of people) {
    f.put(id, name, name, company, `K7QM${id}XYZ`);
  }
  return f;
}

test.each([
  ["lukasz", ["Łukasz Wójcik"]],
  ["luka", ["Łukasz Wójcik", "Luka Novak"]],
  ["garcia jose", ["José García"]],
  ["obrien", ["Siobhán O’Brien"]],
  ["angstrom", ["Anders Ångström"]],
  ["vistula", ["Łukasz Wójcik"]],
  ["k7qm4x", ["Anders Ångström"]],
  ["K7QM-4XYZ", ["Anders Ångström"]],
  ["k7qm 4x", ["Anders Ångström"]],
  ["ng", ["Al Ng"]],
  ["nobody", []],
  ["  ", []],
])("typing %j finds %j", (query, want) => {
  expect(finder().find(query)).toEqual(want);
});

test.each([
  ["a swapped pair", "lukazs"],
  ["a wrong letter", "lukasx"],
  ["a missing letter", "lkasz"],
  ["a letter too many", "lukkasz"],
  ["a wrong first letter", "kukasz"],
  ["one word right, one misspelt", "wojcik lukazs"],
])("%s is forgiven", (_, query) => {
  expect(finder().find(query)).toEqual(["Łukasz Wójcik"]);
});

test("two slips in a word are not forgiven, nor one in a short word", () => {
  expect(finder().find("lxkxsz")).toEqual([]);
  expect(finder().find("nx")).toEqual([]);
});

test("a row that was changed is found by its new name alone", () => {
  const f = finder();
  f.put("5", "Luca Horvat", "Luca Horvat");
  expect(f.find("novak")).toEqual([]);
  expect(f.find("horvat")).toEqual(["Luca Horvat"]);
  f.remove("5");
  expect(f.find("horvat")).toEqual([]);
  expect(f.size).toBe(5);
});

test("a search returns no more than it is asked for", () => {
  const f = new Finder<number>();
  for (let i = 0; i < 200; i++) {
    f.put(String(i), i, "Anna");
  }
  expect(f.find("anna")).toHaveLength(50);
  expect(f.find("anna", 7)).toHaveLength(7);
});
