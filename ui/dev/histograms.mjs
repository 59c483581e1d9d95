// What POST /api/v1/histograms answers about invented logs. Their buckets are plain: what the real server makes of odd ones is its own
// tests' matter.

import {Writer} from './columns.mjs';

const basisPoints = [0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10000];

const xOf = (point, run, axis) =>
  axis === 'wall'
    ? point.wall_time_s
    : axis === 'relative'
      ? point.wall_time_s - run.startS
      : point.step;

function chosenOf(points, run, {axis = 'step', from, to, steps = 50}) {
  const isInside = (x) => x >= (from ?? -Infinity) && x <= (to ?? Infinity);
  const inside = points.flatMap((p, i) => (isInside(xOf(p, run, axis)) ? [i] : []));
  let stride = 1;
  for (const next of [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]) {
    stride = next;
    if (steps === 0 || inside.length <= steps || Math.ceil(inside.length / next) + 1 <= steps)
      break;
  }
  if (inside.length <= steps || steps === 0) stride = 1;
  const kept = new Set(inside.filter((i) => i % stride === 0 || i === inside.at(-1)));
  if (from != null && inside[0] > 0) kept.add(inside[0] - 1);
  if (to != null && inside.at(-1) < points.length - 1) kept.add(inside.at(-1) + 1);
  return {
    rows: [...kept].sort((a, b) => a - b).map((i) => points[i]),
    inWindow: inside.length,
    isDecimated: stride > 1,
  };
}

function rebinned(buckets, [left, right], bins) {
  const width = (right - left) / bins;
  const counts = Array(bins).fill(0);
  let outside = 0;
  for (const [l, r, count] of buckets) {
    if (!Number.isFinite(l) || !Number.isFinite(r)) outside += count;
    else if (r <= l) counts[Math.min(bins - 1, Math.floor((l - left) / width))] += count;
    else {
      for (let i = 0; i < bins; i++) {
        const overlap = Math.min(r, left + (i + 1) * width) - Math.max(l, left + i * width);
        if (overlap > 0) counts[i] += (count * overlap) / (r - l);
      }
    }
  }
  return {counts, outside};
}

function percentilesOf(buckets) {
  const total = buckets.reduce((n, [, , count]) => n + count, 0);
  if (total === 0) return basisPoints.map(() => Number.NaN);
  return basisPoints.map((point) => {
    let before = 0;
    for (const [l, r, count] of buckets) {
      const weight = before + (count * 10000) / total;
      if (weight > point && count > 0) return l + ((point - before) * (r - l)) / (weight - before);
      before = weight;
    }
    return buckets.at(-1)[1];
  });
}

function rangeOf(rows) {
  const edges = rows
    .flatMap(({buckets}) => buckets)
    .map(([l, r]) => [Number(l), Number(r)])
    .filter(([l, r]) => Number.isFinite(l) && Number.isFinite(r))
    .flat();
  if (edges.length === 0) return [];
  const lo = Math.min(...edges);
  const hi = Math.max(...edges);
  return lo < hi ? [lo, hi] : [lo / 1.1 - 1, hi * 1.1 + 1];
}

/** The packed answer to a request. */
export function packedHistograms(runs, request, change) {
  const {series, bins = 30} = request;
  const answers = series.map(({run, tag}) => {
    const points = runs[run]?.histograms.get(tag);
    return points === undefined
      ? undefined
      : {total: points.length, ...chosenOf(points, runs[run], request)};
  });
  const range = bins === 0 ? [] : (request.range ?? rangeOf(answers.flatMap((a) => a?.rows ?? [])));
  const out = new Writer(change);
  out.varint(series.length);
  out.varint(0);
  out.varint(range.length);
  out.column(range);
  for (const answer of answers) {
    if (answer === undefined) {
      out.varint(1);
      continue;
    }
    const {rows, total, inWindow, isDecimated} = answer;
    const all = rows.map((row) => row.buckets.map((b) => b.map(Number)));
    out.varint(isDecimated ? 2 : 0);
    for (const n of [total, inWindow, 0, rows.length]) out.varint(n);
    out.column(rows.map((row) => row.step));
    out.column(rows.map((row) => row.wall_time_s));
    out.column(all.map((buckets) => buckets.reduce((n, [, , count]) => n + count, 0)));
    if (range.length > 0) {
      const made = all.map((buckets) => rebinned(buckets, range, bins));
      out.column(made.map((m) => m.outside));
      out.column(made.flatMap((m) => m.counts));
    }
    if (request.percentiles) out.column(all.flatMap(percentilesOf));
    if (request.buckets) {
      out.column(all.map((buckets) => buckets.length));
      out.varint(all.flat().length);
      for (const k of [0, 1, 2]) out.column(all.flat().map((b) => b[k]));
    }
  }
  return Buffer.concat(out.parts);
}
