// Where an axis puts its ticks: multiples of 1, 2, 2.5 or 5 times a power of ten, powers of ten on a log axis,
// natural pieces of time (seconds, minutes, hours, days) on the others.

import {formatDuration, formatTick} from './format';

export interface Tick {
  readonly value: number;
  readonly label: string;
}

// 10 ** -4 is not the double nearest to 1e-4 in every engine; reading the text is.
function powerOfTen(exponent: number): number {
  return Number(`1e${exponent}`);
}

/** Distance between ticks such that about `target` of them fit into `span`. */
export function niceSpacing(span: number, target: number): number {
  if (!(span > 0) || !Number.isFinite(span)) return 1;
  const rough = span / Math.max(1, target);
  const power = powerOfTen(Math.floor(Math.log10(rough)));
  const unit = rough / power;
  const nice = unit < 1.5 ? 1 : unit < 2.2 ? 2 : unit < 3.5 ? 2.5 : unit < 7 ? 5 : 10;
  return nice * power;
}

function multiples(lo: number, hi: number, spacing: number): number[] {
  const values: number[] = [];
  const first = Math.ceil(lo / spacing - 1e-9);
  const last = Math.floor(hi / spacing + 1e-9);
  // A range far from zero and narrower than a double's digits would never end.
  for (let i = first; i <= last && values.length < 100; i++) values.push(i === 0 ? 0 : i * spacing);
  return values;
}

/** Ticks of a linear axis. `isWhole` allows whole numbers only, as for steps. */
export function linearTicks(lo: number, hi: number, target: number, isWhole = false): Tick[] {
  let spacing = niceSpacing(hi - lo, target);
  if (isWhole) spacing = spacing < 1 ? 1 : spacing === 2.5 ? 5 : spacing;
  return multiples(lo, hi, spacing).map((value) => ({value, label: trimmedTick(value, spacing)}));
}

/** 1.0k beside 1.5k is right, but a lone 1.0k is not: whole thousands lose their zeros when all do. */
function trimmedTick(value: number, spacing: number): string {
  return formatTick(value, spacing).replace(/^(−?\d+)\.0+([kMBT])$/, '$1$2');
}

/** Ticks of a logarithmic axis over (lo, hi), both positive: powers of ten, with 2 and 5 when there are few. */
export function logTicks(lo: number, hi: number, target: number): Tick[] {
  const first = Math.floor(Math.log10(lo));
  const last = Math.ceil(Math.log10(hi));
  const decades = last - first;
  if (!Number.isFinite(decades)) return [];
  const stride = Math.max(1, Math.ceil(decades / Math.max(1, target)));
  const factors = decades <= 1 ? [1, 2, 3, 5] : decades <= 2 ? [1, 2, 5] : [1];
  const ticks: Tick[] = [];
  for (let e = first; e <= last; e += stride) {
    for (const f of factors) {
      const value = Number(`${f}e${e}`);
      if (value >= lo * (1 - 1e-9) && value <= hi * (1 + 1e-9)) {
        ticks.push({value, label: formatTick(value, value)});
      }
    }
  }
  return ticks.length >= 2 ? ticks : linearTicks(lo, hi, target);
}

const secondsSteps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800,
  604800,
];

function timeSpacing(span: number, target: number): number {
  const rough = span / Math.max(1, target);
  if (rough < 1) return niceSpacing(span, target);
  return secondsSteps.find((s) => s >= rough) ?? niceSpacing(span / 86400, target) * 86400;
}

/** Ticks of an axis of durations in seconds. */
export function durationTicks(lo: number, hi: number, target: number): Tick[] {
  const spacing = timeSpacing(hi - lo, target);
  return multiples(lo, hi, spacing).map((value) => ({value, label: durationLabel(value, spacing)}));
}

function durationLabel(value: number, spacing: number): string {
  if (value === 0) return '0';
  if (spacing < 1) return `${formatTick(value, spacing)} s`;
  if (Math.abs(value) < 60) return `${value} s`;
  if (spacing < 60) {
    const m = Math.floor(value / 60);
    const s = value - m * 60;
    return `${m}:${String(s).padStart(2, '0')}`;
  }
  if (Math.abs(value) >= 3600 && spacing < 3600) {
    const h = Math.floor(value / 3600);
    return `${h}:${String(Math.round((value - h * 3600) / 60)).padStart(2, '0')} h`;
  }
  return formatDuration(value);
}

const pad = (n: number): string => String(n).padStart(2, '0');

/** A wall time's hours, minutes and seconds, in local time. */
export function clockLabel(seconds: number): string {
  const date = new Date(seconds * 1000);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** Ticks of an axis of wall times in seconds since the epoch, in local time. */
export function wallTicks(lo: number, hi: number, target: number): Tick[] {
  const spacing = timeSpacing(hi - lo, target);
  const zone = new Date(lo * 1000).getTimezoneOffset() * 60;
  return multiples(lo - zone, hi - zone, spacing).map((local) => {
    const value = local + zone;
    const date = new Date(value * 1000);
    const day = `${date.getMonth() + 1}/${date.getDate()}`;
    const clock = clockLabel(value);
    const minute = clock.slice(0, 5);
    let label: string;
    if (spacing >= 86400) label = day;
    else if (spacing >= 60) label = minute === '00:00' ? day : minute;
    else if (spacing >= 1) label = clock;
    else
      label = `:${(((value % 60) + 60) % 60).toFixed(Math.min(6, Math.max(1, -Math.floor(Math.log10(spacing)))))}`;
    return {value, label};
  });
}
