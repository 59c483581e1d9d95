// Numbers and times as text. The page's language is set once by `setFormatLocale`; every function
// here is otherwise pure. A minus is U+2212, which is as wide as a digit.

let locale = 'en';
let dates: Intl.DateTimeFormat | undefined; // Made when first wanted.

/** Chooses the language of dates. Numbers are grouped alike in all that the page speaks. */
export function setFormatLocale(name: string): void {
  locale = name;
  dates = undefined;
}

/** A whole number with grouped digits: 23,806,644. */
export function formatCount(n: number): string {
  // The browser's own formatter takes 20 ms and more to wake, on the way to the first chart.
  return String(Math.round(n)).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

function minus(text: string): string {
  return text.replaceAll('-', '\u2212');
}

/** Names of the numbers that are none. */
function nonFinite(v: number): string {
  return Number.isNaN(v) ? 'NaN' : v > 0 ? '+∞' : '−∞';
}

/**
 * A value as a reader needs it: `digits` significant digits, exponents only for very large and
 * very small magnitudes: 0.4071, 12.35, 1.204e−7, NaN, +∞.
 */
export function formatValue(v: number, digits = 4): string {
  if (!Number.isFinite(v)) return nonFinite(v);
  if (v === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(v)));
  if (magnitude < -4 || magnitude > 6) {
    return minus(
      v
        .toExponential(digits - 1)
        .replace(/\.?0+e/, 'e')
        .replace('e+', 'e'),
    );
  }
  if (magnitude >= digits - 1) return minus(formatCount(Math.round(v)));
  return minus(
    v.toFixed(Math.max(0, digits - 1 - Math.max(magnitude, 0) - Math.min(magnitude, 0))),
  );
}

/** All that was logged, for copies and titles: the shortest text that reads back to the same number. */
export function formatFull(v: number): string {
  return Number.isFinite(v)
    ? String(v)
    : Number.isNaN(v)
      ? 'NaN'
      : v > 0
        ? 'Infinity'
        : '-Infinity';
}

/** Axis label for `v` where neighbouring ticks are `spacing` apart: enough digits to differ. */
export function formatTick(v: number, spacing: number): string {
  if (v === 0) return '0';
  const abs = Math.abs(v);
  const step = Math.abs(spacing);
  const scaled = (unit: number, suffix: string): string =>
    minus(trimmed(v / unit, decimalsFor(step / unit))) + suffix;
  if (abs >= 1e15 || (abs < 1e-4 && step < 1e-4)) {
    const exponent = Math.floor(Math.log10(abs));
    const decimals = decimalsFor(step / 10 ** exponent);
    return minus(v.toExponential(Math.min(decimals, 12)).replace('e+', 'e'));
  }
  if (abs >= 1e12) return scaled(1e12, 'T');
  if (abs >= 1e9) return scaled(1e9, 'B');
  if (abs >= 1e6) return scaled(1e6, 'M');
  if (abs >= 1e4 || (abs >= 1e3 && step >= 100)) return scaled(1e3, 'k');
  return minus(v.toFixed(decimalsFor(step)));
}

function trimmed(v: number, decimals: number): string {
  return v.toFixed(decimals);
}

/** Decimals that a multiple of `step` needs: 0.25 needs 2, 5 needs 0. */
export function decimalsFor(step: number): number {
  if (!(step > 0) || !Number.isFinite(step)) return 0;
  for (let d = 0; d < 12; d++) {
    const scaled = step * 10 ** d;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return d;
  }
  return 12;
}

/** A duration in words short enough for an axis: 12 s, 1.5 min, 3 h, 2.1 d. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return nonFinite(seconds);
  const sign = seconds < 0 ? '−' : '';
  const s = Math.abs(seconds);
  const with1 = (v: number): string => String(Number(v.toFixed(v < 10 ? 1 : 0)));
  if (s === 0) return '0 s';
  if (s < 1) return `${sign}${Number((s * 1000).toPrecision(2))} ms`;
  if (s < 60) return `${sign}${with1(s)} s`;
  if (s < 3600) return `${sign}${with1(s / 60)} min`;
  if (s < 86400) return `${sign}${with1(s / 3600)} h`;
  return `${sign}${with1(s / 86400)} d`;
}

/** Date and time of a wall time, to the second. */
export function formatWallTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return nonFinite(Number.NaN);
  dates ??= new Intl.DateTimeFormat(locale, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  return dates.format(date);
}

/** Bytes by 1024: 1.5 GiB. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let v = bytes;
  let unit = 0;
  while (v >= 1024 && unit < units.length - 1) {
    v /= 1024;
    unit++;
  }
  return `${unit === 0 || v >= 100 ? Math.round(v) : Number(v.toFixed(1))} ${units[unit] ?? ''}`;
}
