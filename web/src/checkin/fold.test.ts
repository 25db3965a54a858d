import { expect, test } from "vitest";
import { fold } from "./fold";

test.each([
  ["José García", "jose garcia"],
  ["Łukasz", "lukasz"],
  ["O’Brien, D'Arcy", "obrien darcy"],
  ["Ångström", "angstrom"],
  ["Straße Ærø Łódź Đorđe Diyarbakır İzmir", "strasse aero lodz dorde diyarbakir izmir"],
  ["ﬁnance ２０２６ ①", "finance 2026 1"],
  ["C++ / R&D -- AI\u00a0Airlock", "c r d ai airlock"],
  ["Ελένη ΟΔΥΣΣΕΎΣ", "ελενη οδυσσευσ"],
  ["中国市场 EFEC", "中 国 市 场 efec"],
  ["서울 컨퍼런스", "서울 컨퍼런스"],
  ["zero\u200bwidth soft\u00adhyphen", "zerowidth softhyphen"],
  ["  ABC   12 ", "abc 12"],
  [" \t\n", ""],
])("fold(%j) is %j, as on the server", (text, want) => {
  expect(fold(text)).toBe(want);
});
