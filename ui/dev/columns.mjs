// POST /api/v1/columns over invented logs, as docs/api-v1.md says: windows, smoothing, groups and the packed form.

/** The points of one series that a request is about, with their x. Undefined where there is no such series. */
function pointsOf(run, tag, request) {
  const series = run?.scalars.get(tag);
  if (series === undefined) return undefined;
  const {axis = 'step', x_tag: xTag, generations = 'current'} = request;
  const other = axis === 'metric' ? run.scalars.get(xTag) : undefined;
  if (axis === 'metric' && other === undefined) return [];
  const xAtStep = new Map(other?.steps.map((step, i) => [step, other.values[i]]) ?? []);
  const points = [];
  series.steps.forEach((step, i) => {
    if (generations === 'current' && series.older?.has(i)) return;
    const wall = series.walls[i];
    const x =
      axis === 'step'
        ? step
        : axis === 'wall'
          ? wall
          : axis === 'relative'
            ? wall - run.startS
            : xAtStep.get(step);
    if (x === undefined || Number.isNaN(x)) return;
    points.push({step, wall, value: series.values[i], x});
  });
  const smoothed = smooth(
    points.map((p) => p.value),
    points.map((p) => p.x),
    request.smoothing,
  );
  points.forEach((p, i) => (p.smoothed = smoothed[i]));
  return points;
}

function smooth(values, xs, asked) {
  const how = typeof asked === 'number' ? {kind: 'ema', weight: asked} : asked;
  if (how === undefined || how.weight === 0) return values;
  const finite = (list) => list.filter(Number.isFinite);
  const near = (i, radius) => finite(values.slice(Math.max(0, i - radius), i + radius + 1));
  const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
  const eachFinite = (of) => values.map((v, i) => (Number.isFinite(v) ? of(v, i) : v));
  switch (how.kind) {
    case 'mean':
      return eachFinite((_, i) => mean(near(i, how.radius)));
    case 'median':
      return eachFinite((_, i) => {
        const sorted = near(i, how.radius).sort((a, b) => a - b);
        return (
          (sorted[Math.floor((sorted.length - 1) / 2)] +
            sorted[Math.ceil((sorted.length - 1) / 2)]) /
          2
        );
      });
    case 'gaussian':
      return eachFinite((_, i) => {
        const reach = Math.ceil(4 * how.sigma);
        let sum = 0;
        let weights = 0;
        for (let k = Math.max(0, i - reach); k <= Math.min(values.length - 1, i + reach); k++) {
          if (!Number.isFinite(values[k])) continue;
          const w = Math.exp(-((k - i) ** 2) / (2 * how.sigma ** 2));
          sum += w * values[k];
          weights += w;
        }
        return sum / weights;
      });
    default: {
      if (values.every((v) => v === values[0])) return values;
      let last = 0;
      let rest = 1;
      let before;
      return eachFinite((v, i) => {
        const weight =
          how.kind === 'time_ema'
            ? 0.5 ** (Math.max(0, xs[i] - (before ?? xs[i] - 1)) / how.half_life)
            : how.weight;
        before = xs[i];
        last = last * weight + (1 - weight) * v;
        rest *= weight;
        return last / (1 - rest);
      });
    }
  }
}

/** The rows of one series for a window at a width. */
export function windowOf(run, tag, request) {
  const points = pointsOf(run, tag, request);
  if (points === undefined)
    return {rows: [], total: 0, inWindow: 0, isDecimated: false, isEnvelope: false, isFound: false};
  const {from, to, width = 0, scale = 'linear', shape = 'points'} = request;
  const isInside = (p) =>
    (scale === 'linear' || p.x > 0) &&
    (typeof from !== 'number' || p.x >= from) &&
    (typeof to !== 'number' || p.x <= to);
  let first = points.findIndex(isInside);
  let last = points.findLastIndex(isInside);
  let rows = first < 0 ? [] : points.slice(first, last + 1);
  if (first < 0) {
    first = points.findIndex((p) => typeof from === 'number' && p.x >= from);
    if (first < 0) first = points.length;
    last = first - 1;
  }
  const inWindow = rows.length;
  const isEnvelope = shape === 'envelope' && width > 0 && inWindow > 2 * width;
  const isDecimated = isEnvelope || (shape === 'points' && width > 0 && inWindow > 4 * width);
  if (isDecimated) rows = thinned(rows, width, scale, isEnvelope);
  const whole = (p) => ({...p, lo: p.lo ?? p.value, hi: p.hi ?? p.value});
  if (first > 0) rows.unshift(points[first - 1]);
  if (last < points.length - 1) rows.push(points[last + 1]);
  return {
    rows: rows.map(whole),
    total: points.length,
    inWindow,
    isDecimated,
    isEnvelope,
    isFound: true,
  };
}

function thinned(points, width, scale, isEnvelope) {
  const onScale = (p) => (scale === 'log' ? Math.log(p.x) : p.x);
  const x0 = onScale(points[0]);
  const span = onScale(points.at(-1)) - x0 || 1;
  const column = (p) => Math.min(width - 1, Math.floor(((onScale(p) - x0) / span) * width));
  const kept = [];
  let begin = 0;
  while (begin < points.length) {
    let end = begin;
    let least;
    let most;
    let odd;
    while (end < points.length && column(points[end]) === column(points[begin])) {
      const p = points[end++];
      if (!Number.isFinite(p.value)) odd ??= p;
      else {
        if (least === undefined || p.value < least.value) least = p;
        if (most === undefined || p.value > most.value) most = p;
      }
    }
    const lastOne = points[end - 1];
    const chosen = isEnvelope
      ? [begin === 0 ? points[0] : undefined, odd, lastOne]
      : [points[begin], least, most, lastOne, odd];
    const rows = [...new Set(chosen)]
      .filter((p) => p !== undefined)
      .sort((a, b) => points.indexOf(a, begin) - points.indexOf(b, begin));
    for (const p of rows)
      kept.push(
        isEnvelope && p === lastOne
          ? {...p, lo: least?.value ?? Number.NaN, hi: most?.value ?? Number.NaN}
          : p,
      );
    begin = end;
  }
  return kept;
}

/** Runs of a group at the places of a grid. */
export function groupOf(runs, {tag, runs: ids}, request) {
  const series = ids.flatMap((id) => {
    const points = pointsOf(runs[id], tag, request);
    return points === undefined || points.length === 0 ? [] : [points];
  });
  const {from, to, width = 400, band = 'std'} = request;
  const inside = (p) =>
    (typeof from !== 'number' || p.x >= from) && (typeof to !== 'number' || p.x <= to);
  const all = series.flatMap((points) => points.filter(inside));
  const different = [...new Set(all.map((p) => p.x))].sort((a, b) => a - b);
  const grid =
    different.length <= 2 * width
      ? different
      : Array.from(
          {length: width},
          (_, i) => different[0] + ((different.at(-1) - different[0]) * i) / (width - 1),
        );
  const place = (x) =>
    grid.length < 2
      ? 0
      : different.length <= 2 * width
        ? grid.indexOf(x)
        : Math.round(((x - grid[0]) / (grid.at(-1) - grid[0])) * (grid.length - 1));
  const perRun = series.map((points) => {
    const sums = grid.map(() => ({sum: 0, n: 0}));
    for (const p of points.filter(inside)) {
      const cell = sums[place(p.x)];
      if (cell === undefined || !Number.isFinite(p.smoothed)) continue;
      cell.sum += p.smoothed;
      cell.n++;
    }
    return filled(
      sums.map(({sum, n}) => (n === 0 ? Number.NaN : sum / n)),
      grid,
    );
  });
  const rows = grid.map((x, i) => {
    const values = perRun.map((run) => run[i]).filter(Number.isFinite);
    const n = values.length;
    const mean = n === 0 ? Number.NaN : values.reduce((a, b) => a + b, 0) / n;
    const deviation = Math.sqrt(values.reduce((a, v) => a + (v - mean) ** 2, 0) / n);
    const sorted = [...values].sort((a, b) => a - b);
    const rank = (q) => {
      const at = q * (n - 1);
      const lower = Math.floor(at);
      return sorted[lower] + ((sorted[lower + 1] ?? sorted[lower]) - sorted[lower]) * (at - lower);
    };
    const [lo, hi] =
      n === 0
        ? [Number.NaN, Number.NaN]
        : band === 'range'
          ? [sorted[0], sorted.at(-1)]
          : band === 'std'
            ? [mean - deviation, mean + deviation]
            : band.quantiles.map(rank);
    return {x, mean, lo, hi, count: n};
  });
  return {rows, runs: series.length, total: all.length, isDecimated: grid !== different};
}

/** Straight lines over places where a run has nothing. */
function filled(values, grid) {
  let before = -1;
  values.forEach((v, i) => {
    if (Number.isNaN(v)) return;
    for (let k = before + 1; before >= 0 && k < i; k++)
      values[k] =
        values[before] +
        ((v - values[before]) * (grid[k] - grid[before])) / (grid[i] - grid[before]);
    before = i;
  });
  return values;
}

/** Writes packed columns: docs/api-v1.md. */
export class Writer {
  constructor(change) {
    const head = Buffer.alloc(12);
    head.write('FLC2', 0, 'latin1');
    head.writeBigUInt64LE(BigInt(change), 4);
    this.parts = [head];
  }
  varint(v) {
    const bytes = [];
    for (; v >= 128; v = Math.floor(v / 128)) bytes.push((v % 128) | 128);
    this.parts.push(Buffer.from([...bytes, v]));
  }
  /** A column of float64; the page reads all forms, this server needs but one. */
  column(values) {
    const column = Buffer.alloc(1 + values.length * 8);
    values.forEach((v, i) => column.writeDoubleLE(v, 1 + i * 8));
    this.parts.push(column);
  }
}

/** The packed answer to a request. */
export function packedAnswer(runs, request, change) {
  const out = new Writer(change);
  const groups = request.groups ?? [];
  out.varint(request.series.length);
  out.varint(groups.length);
  for (const {run, tag} of request.series) {
    const a = windowOf(runs[run], tag, request);
    if (!a.isFound) {
      out.varint(1);
      continue;
    }
    out.varint((a.isDecimated ? 2 : 0) | (a.isEnvelope ? 4 : 0));
    out.varint(a.total);
    out.varint(a.inWindow);
    out.varint(a.rows.length);
    const column = (name) => out.column(a.rows.map((row) => row[name]));
    column('step');
    if (request.wall_times !== false) column('wall');
    if (request.axis === 'metric') column('x');
    column('value');
    if (a.isEnvelope) {
      column('lo');
      column('hi');
    }
    if (request.smoothing !== undefined) column('smoothed');
  }
  for (const group of groups) {
    const g = groupOf(runs, group, request);
    out.varint(g.isDecimated ? 2 : 0);
    out.varint(g.runs);
    out.varint(g.total);
    out.varint(g.total);
    out.varint(g.rows.length);
    for (const name of ['x', 'mean', 'lo', 'hi', 'count']) out.column(g.rows.map((r) => r[name]));
  }
  return Buffer.concat(out.parts);
}
