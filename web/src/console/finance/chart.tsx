/** Pictures of figures. Each is a drawing with a name, and the table behind it is one click away. */

import type { ComponentChildren } from "preact";
import { price } from "../../lib/money";

/** One bar. */
export interface Bar {
  key: string;
  label: string;
  /** Minor units. */
  value: bigint;
  tone?: string;
}

const height = 150;
const top = 22;

/** Bars from left to right, as of money over time. Widths are shares, so that words stay readable. */
export function Bars(props: { name: string; bars: readonly Bar[]; currency: string }) {
  const { name, bars, currency } = props;
  const values = bars.map((b) => Number(b.value));
  const highest = Math.max(0, ...values);
  const lowest = Math.min(0, ...values);
  const span = highest - lowest || 1;
  const y = (value: number) => top + ((highest - value) / span) * height;
  const step = 100 / Math.max(bars.length, 1);
  const width = Math.min(step * 0.72, 12);
  const every = Math.ceil(bars.length / 6);
  return (
    <svg
      class="chart"
      role="img"
      aria-label={`${name}: ${bars.length} bars, the highest ${price(BigInt(highest), currency)}`}
    >
      <line class="chart__axis" x1="0" x2="100%" y1={y(0)} y2={y(0)} />
      {bars.map((b, i) => {
        const value = Number(b.value);
        const size = value === 0 ? 0 : Math.max(Math.abs(y(value) - y(0)), 1.5);
        return (
          <g key={b.key}>
            <rect
              class={`chart__bar${b.tone === undefined ? "" : ` chart__bar--${b.tone}`}`}
              x={`${i * step + (step - width) / 2}%`}
              y={Math.min(y(0), y(value))}
              width={`${width}%`}
              height={size}
              rx="2"
            >
              <title>{`${b.label}: ${price(b.value, currency)}`}</title>
            </rect>
            {i % every === 0 && (
              <text
                class="chart__label"
                x={`${i * step + step / 2}%`}
                y={height + top + 18}
                text-anchor="middle"
              >
                {b.label}
              </text>
            )}
          </g>
        );
      })}
      <text class="chart__label" x="0" y="13">
        {price(BigInt(highest), currency)}
      </text>
    </svg>
  );
}

/** A picture with its heading and what stands below it. */
export function Figure(props: {
  title: string;
  note?: string;
  empty?: boolean;
  children: ComponentChildren;
}) {
  const { title, note, empty, children } = props;
  return (
    <figure class="figure panel">
      <figcaption class="figure__title">
        <h2>{title}</h2>
        {note !== undefined && <span class="muted">{note}</span>}
      </figcaption>
      {empty === true ? <p class="muted">Nothing to draw yet.</p> : children}
    </figure>
  );
}

/** A month as a calendar, each day with what is due on it. */
export function Calendar(props: {
  name: string;
  month: string;
  of: ReadonlyMap<string, readonly { id: string; text: string; tone: string; href: string }[]>;
}) {
  const [year = 0, month = 1] = props.month.split("-").map(Number);
  const first = new Date(Date.UTC(year, month - 1, 1));
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const before = (first.getUTCDay() + 6) % 7;
  const cells = Array.from(
    { length: Math.ceil((before + days) / 7) * 7 },
    (_, i) => i - before + 1,
  );
  const weeks = Array.from({ length: cells.length / 7 }, (_, w) => cells.slice(w * 7, w * 7 + 7));
  return (
    <table class="calendar">
      <caption class="visually-hidden">{props.name}</caption>
      <thead>
        <tr>
          {["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map((d) => (
            <th key={d} scope="col">
              {d}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week) => (
          <tr key={week[0]}>
            {week.map((d) => {
              if (d < 1 || d > days) {
                return <td key={d} class="calendar__none" />;
              }
              const day = `${props.month.slice(0, 7)}-${String(d).padStart(2, "0")}`;
              const due = props.of.get(day) ?? [];
              return (
                <td key={d} class={due.length > 0 ? "calendar__due" : undefined}>
                  <span class="calendar__day">{d}</span>
                  {due.map((p) => (
                    <a
                      key={p.id}
                      class={`calendar__payout calendar__payout--${p.tone}`}
                      href={p.href}
                    >
                      {p.text}
                    </a>
                  ))}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
