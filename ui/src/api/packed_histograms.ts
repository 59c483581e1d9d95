// Reads the packed answer of POST /api/v1/histograms (docs/api-v1.md).

import type {Range} from '../base/extent';
import {PackedReader} from './packed';
import type {HistogramSeries, HistogramsAnswer} from './types';

/** Which columns the answer has, as the request asked for. */
export interface HistogramsRequested {
  readonly bins: number;
  readonly percentiles: boolean;
  readonly buckets: boolean;
}

export const percentileCount = 9;
const notFound = 1;
const leftOut = 2;
const none = new Float64Array();

const missing: HistogramSeries = {
  isFound: false,
  isDecimated: false,
  total: 0,
  inWindow: 0,
  unreadable: 0,
  steps: none,
  wallTimesS: none,
  totals: none,
  outside: none,
  counts: none,
  percentiles: none,
  buckets: undefined,
};

export function decodePackedHistograms(
  buffer: ArrayBuffer,
  request: HistogramsRequested,
): HistogramsAnswer {
  const reader = new PackedReader(buffer);
  const change = reader.header();
  const count = reader.count('series');
  reader.count('groups');
  const [lo, hi] = reader.column(reader.unsigned());
  const range: Range | undefined = lo === undefined || hi === undefined ? undefined : {lo, hi};
  const series: HistogramSeries[] = [];
  for (let i = 0; i < count; i++) series.push(readSeries(reader, request, range !== undefined));
  reader.end();
  return {change, range, bins: range === undefined ? 0 : request.bins, series};
}

function readSeries(
  reader: PackedReader,
  request: HistogramsRequested,
  hasRange: boolean,
): HistogramSeries {
  const flags = reader.unsigned();
  if ((flags & notFound) !== 0) return missing;
  const total = reader.unsigned();
  const inWindow = reader.unsigned();
  const unreadable = reader.unsigned();
  const rows = reader.unsigned();
  // Object literals are evaluated in order, which is the order of the bytes.
  return {
    isFound: true,
    isDecimated: (flags & leftOut) !== 0,
    total,
    inWindow,
    unreadable,
    steps: reader.column(rows),
    wallTimesS: reader.column(rows),
    totals: reader.column(rows),
    outside: hasRange ? reader.column(rows) : none,
    counts: hasRange ? reader.column(rows * request.bins) : none,
    percentiles: request.percentiles ? reader.column(rows * percentileCount) : none,
    buckets: request.buckets ? readBuckets(reader, rows) : undefined,
  };
}

function readBuckets(reader: PackedReader, rows: number): HistogramSeries['buckets'] {
  const lengths = reader.column(rows);
  const n = reader.unsigned();
  const starts = new Float64Array(rows + 1);
  lengths.forEach((length, row) => (starts[row + 1] = (starts[row] ?? 0) + length));
  return {starts, left: reader.column(n), right: reader.column(n), counts: reader.column(n)};
}
