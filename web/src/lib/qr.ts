/**
 * Drawing QR codes (ISO/IEC 18004, model 2): versions 1 to 10 at error correction level M, in the
 * alphanumeric mode where the text allows it and in bytes otherwise. That is enough for every code
 * that Lanyard shows on a screen or prints: at most 213 bytes or 311 capitals and digits.
 */

/** A drawn code: true is dark. */
export type Modules = readonly (readonly boolean[])[];

/** Data codewords, check codewords per block, and blocks as [how many, data in each], by version. */
const layouts: readonly { check: number; blocks: readonly (readonly [number, number])[] }[] = [
  { check: 10, blocks: [[1, 16]] },
  { check: 16, blocks: [[1, 28]] },
  { check: 26, blocks: [[1, 44]] },
  { check: 18, blocks: [[2, 32]] },
  { check: 24, blocks: [[2, 43]] },
  { check: 16, blocks: [[4, 27]] },
  { check: 18, blocks: [[4, 31]] },
  // biome-ignore format: one version a line
  { check: 22, blocks: [[2, 38], [2, 39]] },
  // biome-ignore format: one version a line
  { check: 22, blocks: [[3, 36], [2, 37]] },
  // biome-ignore format: one version a line
  { check: 26, blocks: [[4, 43], [1, 44]] },
];

/** Centres of the alignment patterns by version. */
const alignment: readonly (readonly number[])[] = [
  [],
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
  [6, 28, 50],
];

const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** Draws a text. It throws a RangeError for one that is too long. */
export function drawQR(text: string): Modules {
  const bits = encode(text);
  for (const [i, { blocks }] of layouts.entries()) {
    const version = i + 1;
    const words = blocks.reduce((sum, [count, size]) => sum + count * size, 0);
    const data = fill(bits(version), words);
    if (data !== null) {
      return draw(version, interleave(version, data));
    }
  }
  throw new RangeError("the text is too long for a code");
}

/** The drawing as the path of an SVG, one unit for each module, without the quiet zone. */
export function pathOf(modules: Modules): string {
  const runs: string[] = [];
  for (const [y, row] of modules.entries()) {
    for (let x = 0; x < row.length; x++) {
      const from = x;
      while (row[x]) {
        x++;
      }
      if (x > from) {
        runs.push(`M${from} ${y}h${x - from}v1H${from}z`);
      }
    }
  }
  return runs.join("");
}

/** The bits of a text; how long its length is written depends on the version. */
function encode(text: string): (version: number) => string {
  const binary = (value: number, length: number) => value.toString(2).padStart(length, "0");
  if ([...text].every((c) => alphanumeric.includes(c))) {
    let bits = "";
    for (let i = 0; i < text.length; i += 2) {
      const [a, b] = [...text.slice(i, i + 2)].map((c) => alphanumeric.indexOf(c));
      bits += b === undefined ? binary(a ?? 0, 6) : binary((a ?? 0) * 45 + b, 11);
    }
    return (version) => `0010${binary(text.length, version < 10 ? 9 : 11)}${bits}`;
  }
  const bytes = new TextEncoder().encode(text);
  const bits = Array.from(bytes, (byte) => binary(byte, 8)).join("");
  return (version) => `0100${binary(bytes.length, version < 10 ? 8 : 16)}${bits}`;
}

/** Makes codewords of bits and pads them to a number of words; null when they are too many. */
function fill(bits: string, words: number): number[] | null {
  if (bits.length > words * 8) {
    return null;
  }
  const ended = bits + "0".repeat(Math.min(4, words * 8 - bits.length));
  const whole = ended.padEnd(Math.ceil(ended.length / 8) * 8, "0");
  const out = (whole.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  for (let pad = 0xec; out.length < words; pad ^= 0xec ^ 0x11) {
    out.push(pad);
  }
  return out;
}

/** Multiplication in the field of 256 elements that QR codes count in. */
function times(a: number, b: number): number {
  let product = 0;
  for (let i = 7; i >= 0; i--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> i) & 1) * a;
  }
  return product;
}

/** The check words of a block, by Reed and Solomon. */
function checkWords(data: readonly number[], count: number): number[] {
  const divisor = new Array<number>(count).fill(0);
  divisor[count - 1] = 1;
  for (let i = 0, root = 1; i < count; i++, root = times(root, 2)) {
    for (let j = 0; j < count; j++) {
      divisor[j] = times(divisor[j] ?? 0, root) ^ (divisor[j + 1] ?? 0);
    }
  }
  const rest = new Array<number>(count).fill(0);
  for (const word of data) {
    const factor = word ^ (rest.shift() ?? 0);
    rest.push(0);
    for (const [i, d] of divisor.entries()) {
      rest[i] = (rest[i] ?? 0) ^ times(d, factor);
    }
  }
  return rest;
}

/** Divides the data into blocks, and deals out their words in turn, check words last. */
function interleave(version: number, data: readonly number[]): number[] {
  const { check, blocks } = layouts[version - 1] as (typeof layouts)[number];
  const parts: number[][] = [];
  let at = 0;
  for (const [count, size] of blocks) {
    for (let i = 0; i < count; i++) {
      parts.push(data.slice(at, at + size));
      at += size;
    }
  }
  const checks = parts.map((part) => checkWords(part, check));
  return [...deal(parts), ...deal(checks)];
}

function deal(parts: readonly number[][]): number[] {
  const longest = Math.max(...parts.map((part) => part.length));
  return Array.from({ length: longest }, (_, i) =>
    parts.flatMap((part) => (i < part.length ? [part[i] as number] : [])),
  ).flat();
}

/** A drawing in progress: which modules are dark, and which belong to the fixed patterns. */
interface Grid {
  size: number;
  dark: boolean[][];
  fixed: boolean[][];
}

function draw(version: number, words: readonly number[]): Modules {
  const size = 17 + 4 * version;
  const empty = () => Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  const grid: Grid = { size, dark: empty(), fixed: empty() };
  drawPatterns(grid, version);
  drawWords(grid, words);
  let best: { dark: boolean[][]; cost: number } | null = null;
  for (let mask = 0; mask < 8; mask++) {
    const masked = { ...grid, dark: grid.dark.map((row) => [...row]) };
    applyMask(masked, mask);
    drawFormat(masked, mask);
    const cost = penalty(masked);
    if (best === null || cost < best.cost) {
      best = { dark: masked.dark, cost };
    }
  }
  return best?.dark ?? grid.dark;
}

function set(grid: Grid, x: number, y: number, dark: boolean): void {
  const row = grid.dark[y];
  const fixed = grid.fixed[y];
  if (row !== undefined && fixed !== undefined && x >= 0 && x < grid.size) {
    row[x] = dark;
    fixed[x] = true;
  }
}

function drawPatterns(grid: Grid, version: number): void {
  const { size } = grid;
  for (let i = 0; i < size; i++) {
    set(grid, 6, i, i % 2 === 0);
    set(grid, i, 6, i % 2 === 0);
  }
  const around = (cx: number, cy: number, reach: number, light: readonly number[]) => {
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        set(grid, cx + dx, cy + dy, !light.includes(ring));
      }
    }
  };
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const) {
    around(x, y, 4, [2, 4]);
  }
  const centres = alignment[version - 1] ?? [];
  const last = size - 7;
  for (const x of centres) {
    for (const y of centres) {
      const corner = (x === 6 && y === 6) || (x === 6 && y === last) || (x === last && y === 6);
      if (!corner) {
        around(x, y, 2, [1]);
      }
    }
  }
  drawFormat(grid, 0);
  drawVersion(grid, version);
}

/** Writes the error correction level and the mask, twice. */
function drawFormat(grid: Grid, mask: number): void {
  const { size } = grid;
  let rest = mask; // level M is 00
  for (let i = 0; i < 10; i++) {
    rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  }
  const bits = ((mask << 10) | rest) ^ 0x5412;
  const bit = (i: number) => ((bits >> i) & 1) === 1;
  for (let i = 0; i < 15; i++) {
    const near = i < 6 ? i : i < 8 ? i + 1 : 14 - i + (i === 8 ? 1 : 0);
    set(grid, i < 8 ? 8 : near, i < 8 ? near : 8, bit(i));
    set(grid, i < 8 ? size - 1 - i : 8, i < 8 ? 8 : size - 15 + i, bit(i));
  }
  set(grid, 8, size - 8, true);
}

/** Writes the version, from 7 on, twice. */
function drawVersion(grid: Grid, version: number): void {
  if (version < 7) {
    return;
  }
  let rest = version;
  for (let i = 0; i < 12; i++) {
    rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
  }
  const bits = (version << 12) | rest;
  for (let i = 0; i < 18; i++) {
    const dark = ((bits >> i) & 1) === 1;
    const a = grid.size - 11 + (i % 3);
    const b = Math.floor(i / 3);
    set(grid, a, b, dark);
    set(grid, b, a, dark);
  }
}

/** Lays the words out in columns of two, up and down, from the right. */
function drawWords(grid: Grid, words: readonly number[]): void {
  const { size, dark, fixed } = grid;
  let i = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    const column = right <= 6 ? right - 1 : right;
    for (let step = 0; step < size; step++) {
      const up = ((column + 1) & 2) === 0;
      const y = up ? size - 1 - step : step;
      for (const x of [column, column - 1]) {
        const row = dark[y];
        if (row !== undefined && !fixed[y]?.[x] && i < words.length * 8) {
          row[x] = (((words[i >> 3] ?? 0) >> (7 - (i & 7))) & 1) === 1;
          i++;
        }
      }
    }
  }
}

const masks: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

function applyMask({ dark, fixed }: Grid, mask: number): void {
  const flips = masks[mask];
  for (const [y, row] of dark.entries()) {
    for (let x = 0; x < row.length; x++) {
      if (!fixed[y]?.[x] && flips?.(x, y)) {
        row[x] = !row[x];
      }
    }
  }
}

/** How hard a drawing would be to read: long runs, full squares, false finders, too dark or light. */
function penalty({ size, dark }: Grid): number {
  let cost = 0;
  let darkCount = 0;
  const lines = [
    ...dark.map((row) => row.map(Number).join("")),
    ...dark.map((_, x) => dark.map((row) => Number(row[x])).join("")),
  ];
  for (const line of lines) {
    for (const run of line.match(/0{5,}|1{5,}/g) ?? []) {
      cost += run.length - 2;
    }
    cost += 40 * (line.match(/(?=00001011101|10111010000)/g)?.length ?? 0);
  }
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const here = dark[y]?.[x];
      darkCount += here ? 1 : 0;
      const square = [dark[y]?.[x + 1], dark[y + 1]?.[x], dark[y + 1]?.[x + 1]];
      cost += square.every((other) => other === here) ? 3 : 0;
    }
  }
  const share = Math.abs((darkCount * 20) / (size * size) - 10);
  return cost + 10 * Math.floor(share);
}
