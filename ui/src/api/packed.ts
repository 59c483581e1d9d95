// Reads the packed answer of POST /api/v1/columns (docs/api-v1.md):
//
//   "FLC2" | u64 change | varint series | varint groups | the series | the groups
//
// Numbers are read once, in order, into columns of float64. Columns that are the same for many series are one array: do not
// write into them. Nothing is trusted: every length is checked against the bytes that are left before anything is made.

import {DecodeError} from './decode';

/** Which columns the answer has, as the request asked for. */
export interface PackedRequest {
  readonly wallTimes: boolean;
  readonly x: boolean; // On the axis `metric`.
  readonly smoothed: boolean;
}

export interface PackedSeries {
  readonly isFound: boolean;
  readonly isDecimated: boolean; // Points of the window were left out.
  readonly isEnvelope: boolean; // Rows are columns of pixels: their last points.
  readonly total: number;
  readonly inWindow: number;
  readonly steps: Float64Array;
  readonly wallTimesS: Float64Array | undefined;
  readonly x: Float64Array | undefined;
  readonly values: Float64Array;
  readonly lo: Float64Array | undefined; // Of an envelope.
  readonly hi: Float64Array | undefined;
  readonly smoothed: Float64Array | undefined;
}

export interface PackedGroup {
  readonly isDecimated: boolean;
  readonly runs: number; // That have the tag.
  readonly total: number;
  readonly inWindow: number;
  readonly x: Float64Array;
  readonly mean: Float64Array;
  readonly lo: Float64Array;
  readonly hi: Float64Array;
  readonly counts: Float64Array;
}

export interface PackedAnswer {
  readonly change: number;
  readonly series: readonly PackedSeries[];
  readonly groups: readonly PackedGroup[];
}

const notFound = 1;
const leftOut = 2;
const envelope = 4;
const ticksPerSecond = 2 ** 22;

export function decodePacked(buffer: ArrayBuffer, request: PackedRequest): PackedAnswer {
  const reader = new PackedReader(buffer);
  const change = reader.header();
  const seriesCount = reader.count('series');
  const groupCount = reader.count('groups');
  const series: PackedSeries[] = [];
  for (let i = 0; i < seriesCount; i++) series.push(readSeries(reader, request));
  const groups: PackedGroup[] = [];
  for (let i = 0; i < groupCount; i++) groups.push(readGroup(reader));
  reader.end();
  return {change, series, groups};
}

const none = new Float64Array();

function readSeries(reader: PackedReader, request: PackedRequest): PackedSeries {
  const flags = reader.unsigned();
  const isFound = (flags & notFound) === 0;
  const isEnvelope = (flags & envelope) !== 0;
  const total = isFound ? reader.unsigned() : 0;
  const inWindow = isFound ? reader.unsigned() : 0;
  const rows = isFound ? reader.unsigned() : 0;
  const column = (isThere: boolean): Float64Array | undefined =>
    !isThere ? undefined : isFound ? reader.column(rows) : none;
  // Object literals are evaluated in order, which is the order of the bytes.
  return {
    isFound,
    isDecimated: (flags & leftOut) !== 0,
    isEnvelope,
    total,
    inWindow,
    steps: column(true) ?? none,
    wallTimesS: column(request.wallTimes),
    x: column(request.x),
    values: column(true) ?? none,
    lo: column(isEnvelope),
    hi: column(isEnvelope),
    smoothed: column(request.smoothed),
  };
}

function readGroup(reader: PackedReader): PackedGroup {
  const flags = reader.unsigned();
  const runs = reader.unsigned();
  const total = reader.unsigned();
  const inWindow = reader.unsigned();
  const rows = reader.unsigned();
  return {
    isDecimated: (flags & leftOut) !== 0,
    runs,
    total,
    inWindow,
    x: reader.column(rows),
    mean: reader.column(rows),
    lo: reader.column(rows),
    hi: reader.column(rows),
    counts: reader.column(rows),
  };
}

/** Reads numbers and columns one after another. */
export class PackedReader {
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private at = 0;
  private readonly columns: Float64Array[] = [];

  constructor(private readonly buffer: ArrayBuffer) {
    this.view = new DataView(buffer);
    this.bytes = new Uint8Array(buffer);
  }

  header(): number {
    if (this.bytes.length < 12 || this.view.getUint32(0, true) !== 0x32434c46) {
      throw new DecodeError(
        `columns: an answer of ${this.bytes.length} bytes that does not begin with FLC2`,
      );
    }
    this.at = 12;
    return Number(this.view.getBigUint64(4, true));
  }

  /** How many of something follow; each takes at least a byte. */
  count(what: string): number {
    const count = this.unsigned();
    if (count > this.bytes.length - this.at) {
      throw new DecodeError(`columns: ${count} ${what} do not fit into ${this.bytes.length} bytes`);
    }
    return count;
  }

  /** A varint. Exact up to 2^53. */
  unsigned(): number {
    const bytes = this.bytes;
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[this.at++];
      if (byte === undefined || scale > 2 ** 63) throw this.cut();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  }

  end(): void {
    if (this.at !== this.bytes.length) {
      throw new DecodeError(
        `columns: ${this.bytes.length - this.at} bytes too many at byte ${this.at}`,
      );
    }
  }

  column(rows: number): Float64Array {
    const form = this.bytes[this.at++];
    const column = this.columnOf(form, rows);
    this.columns.push(column);
    return column;
  }

  private columnOf(form: number | undefined, rows: number): Float64Array {
    switch (form) {
      case 0: {
        const at = this.take(rows, 8);
        return new Float64Array(this.buffer.slice(at, at + rows * 8));
      }
      case 1: {
        const at = this.take(rows, 4);
        return new Float64Array(new Float32Array(this.buffer.slice(at, at + rows * 4)));
      }
      case 2: {
        const place = this.unsigned();
        const column = this.columns[place];
        if (column?.length !== rows) {
          throw new DecodeError(
            `columns: column ${this.columns.length} of ${rows} rows repeats column ${place}`,
          );
        }
        return column;
      }
      case 3:
        return this.integers(rows);
      case 4: {
        const first = this.signed();
        const slope = this.signed();
        if (rows > mostRegularRows) throw this.cut();
        const column = new Float64Array(rows);
        for (let i = 0; i < rows; i++) column[i] = first + i * slope;
        return column;
      }
      case 5:
        return this.times(rows);
      case 6: {
        const shift = this.bytes[this.at++];
        if (shift === undefined || shift > 31) throw this.cut();
        return orderedFloats(this.integers(rows), 2 ** shift);
      }
      case 7: {
        const column = this.integers(rows);
        for (let i = 0; i < rows; i++) column[i] = (column[i] ?? 0) / 1000;
        return column;
      }
      default:
        throw new DecodeError(
          `columns: column ${this.columns.length} has the unknown form ${form ?? 'none'}`,
        );
    }
  }

  private integers(rows: number): Float64Array {
    // Each takes at least a byte.
    if (rows > this.bytes.length - this.at) throw this.cut();
    const column = new Float64Array(rows);
    const {bytes} = this;
    let value = 0;
    for (let i = 0; i < rows; i++) {
      // Most are one byte long, and a page of charts has a hundred thousand of them.
      const byte = bytes[this.at] ?? 128;
      if (byte < 128) {
        this.at++;
        value += (byte & 1) === 0 ? byte >> 1 : -((byte + 1) >> 1);
      } else value += this.signed();
      column[i] = value;
    }
    return column;
  }

  private times(rows: number): Float64Array {
    if (rows === 0) throw this.cut();
    const at = this.take(rows + 1, 4);
    const changes = new Int32Array(this.buffer.slice(at + 8, at + 4 + rows * 4));
    const column = new Float64Array(rows);
    let ticks = Number(this.view.getBigInt64(at, true));
    column[0] = ticks / ticksPerSecond;
    for (let i = 1; i < rows; i++) {
      ticks += changes[i - 1] ?? 0;
      column[i] = ticks / ticksPerSecond;
    }
    return column;
  }

  private signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Where the next `count` things of `size` bytes begin. */
  private take(count: number, size: number): number {
    const at = this.at;
    if (count * size > this.bytes.length - at) throw this.cut();
    this.at += count * size;
    return at;
  }

  private cut(): DecodeError {
    return new DecodeError(`columns: the answer of ${this.bytes.length} bytes is cut or damaged`);
  }
}

/** A regular column takes a few bytes, however long it is: the server gives no more points than these. */
const mostRegularRows = 16_000_000;

/** Floats told by their order numbers, divided by `quantum`. */
function orderedFloats(orders: Float64Array, quantum: number): Float64Array {
  const bits = new Uint32Array(orders.length);
  for (let i = 0; i < orders.length; i++) {
    const order = (orders[i] ?? 0) * quantum;
    bits[i] = order < 0 ? 0x80000000 - order : order;
  }
  return new Float64Array(new Float32Array(bits.buffer));
}
