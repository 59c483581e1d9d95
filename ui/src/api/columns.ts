// Reads the binary answer of POST /api/v1/columns (docs/api-v1.md):
//
//   "FLC1" | u32 S | u64 change | S × (u32 n, u32 flags, u64 total, u64 in_window, u64 offset) | columns of float64
//
// Columns are views of the answer's buffer: nothing is copied. All offsets are checked before they are used.

import type {ColumnsAnswer, SeriesAnswer} from './types';
import {DecodeError} from './decode';

const headerBytes = 16;
const entryBytes = 32;
const hasSmoothed = 1;
const wasDecimated = 2;
const notFound = 4;

export function decodeColumns(buffer: ArrayBuffer): ColumnsAnswer {
  const view = new DataView(buffer);
  if (buffer.byteLength < headerBytes || view.getUint32(0, true) !== 0x31434c46) {
    throw new DecodeError(
      `columns: an answer of ${buffer.byteLength} bytes that does not begin with FLC1`,
    );
  }
  const count = view.getUint32(4, true);
  if (headerBytes + count * entryBytes > buffer.byteLength) {
    throw new DecodeError(`columns: ${count} series do not fit into ${buffer.byteLength} bytes`);
  }
  const series: SeriesAnswer[] = [];
  for (let i = 0; i < count; i++) {
    const at = headerBytes + i * entryBytes;
    const rows = view.getUint32(at, true);
    const flags = view.getUint32(at + 4, true);
    const offset = Number(view.getBigUint64(at + 24, true));
    const columns = flags & hasSmoothed ? 4 : 3;
    if (rows > 0 && (offset % 8 !== 0 || offset + rows * columns * 8 > buffer.byteLength)) {
      throw new DecodeError(
        `columns: series ${i} of ${rows} rows at ${offset} lies outside ${buffer.byteLength} bytes`,
      );
    }
    const column = (k: number): Float64Array =>
      rows === 0 ? new Float64Array() : new Float64Array(buffer, offset + k * rows * 8, rows);
    series.push({
      columns: {
        steps: column(0),
        wallTimesS: column(1),
        values: column(2),
        smoothed: flags & hasSmoothed ? column(3) : undefined,
      },
      isFound: (flags & notFound) === 0,
      isDecimated: (flags & wasDecimated) !== 0,
      total: Number(view.getBigUint64(at + 8, true)),
      inWindow: Number(view.getBigUint64(at + 16, true)),
    });
  }
  return {change: Number(view.getBigUint64(8, true)), series};
}
