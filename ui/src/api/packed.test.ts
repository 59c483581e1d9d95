import {expect, test} from 'vitest';
import {decodePacked, type PackedRequest} from './packed';

// The program's own answers, as its tests hold them.
const [cases = ''] = Object.values(
  import.meta.glob<string>('../../../tests/cases/v1/columns_kinds.case', {
    query: '?raw',
    import: 'default',
    eager: true,
  }),
);

const all: PackedRequest = {wallTimes: true, x: false, smoothed: true};

/** Writes what the contract says, piece by piece. */
class Pieces {
  private readonly bytes: number[] = [];
  constructor(series: number, groups = 0) {
    this.text('FLC2').raw(8, (v) => v.setBigUint64(0, 17n, true));
    this.unsigned(series).unsigned(groups);
  }
  text(text: string): this {
    for (const c of text) this.bytes.push(c.charCodeAt(0));
    return this;
  }
  raw(size: number, write: (view: DataView) => void): this {
    const buffer = new ArrayBuffer(size);
    write(new DataView(buffer));
    this.bytes.push(...new Uint8Array(buffer));
    return this;
  }
  byte(value: number): this {
    this.bytes.push(value);
    return this;
  }
  unsigned(value: number): this {
    for (; value >= 128; value = Math.floor(value / 128)) this.bytes.push((value % 128) + 128);
    return this.byte(value);
  }
  signed(value: number): this {
    return this.unsigned(value < 0 ? -2 * value - 1 : 2 * value);
  }
  doubles(values: readonly number[]): this {
    this.byte(0);
    for (const value of values) this.raw(8, (v) => v.setFloat64(0, value, true));
    return this;
  }
  get buffer(): ArrayBuffer {
    return new Uint8Array(this.bytes).buffer;
  }
}

function small(): Pieces {
  const pieces = new Pieces(3);
  // Flags, total, points in the window, rows.
  pieces
    .unsigned(2 | 4)
    .unsigned(9000)
    .unsigned(5000)
    .unsigned(3);
  pieces
    .byte(3)
    .signed(2 ** 53)
    .signed(-7)
    .signed(300);
  pieces.byte(5).raw(8, (v) => v.setBigInt64(0, 2n ** 52n, true));
  for (const change of [2 ** 22, -1]) pieces.raw(4, (v) => v.setInt32(0, change, true));
  pieces.byte(1);
  for (const value of [Number.NaN, -1.5, Infinity])
    pieces.raw(4, (v) => v.setFloat32(0, value, true));
  // Order numbers of floats, in 64ths: 1.5, then -2, then infinity.
  const orders = [0x3fc00000 / 64, -0x40000000 / 64, 0x7f800000 / 64];
  pieces.byte(6).byte(6);
  orders.forEach((order, i) => pieces.signed(order - (orders[i - 1] ?? 0)));
  pieces.byte(2).unsigned(3).doubles([1, 2, 3]);
  pieces.unsigned(1);
  pieces.unsigned(0).unsigned(3).unsigned(3).unsigned(3);
  pieces.byte(4).signed(-5).signed(10);
  pieces.byte(7).signed(1_700_000_000_123).signed(1).signed(-123);
  pieces.byte(2).unsigned(2).byte(2).unsigned(5);
  return pieces;
}

test('every form of a column is read', () => {
  const {change, series, groups} = decodePacked(small().buffer, all);
  expect(change).toBe(17);
  expect(groups).toEqual([]);
  expect(series.map((s) => [s.isFound, s.isDecimated, s.isEnvelope, s.total, s.inWindow])).toEqual([
    [true, true, true, 9000, 5000],
    [false, false, false, 0, 0],
    [true, false, false, 3, 3],
  ]);
  const [first, missing, last] = series;
  const numbers = (column: Float64Array | undefined): number[] => [...(column ?? [])];
  expect(numbers(first?.steps)).toEqual([2 ** 53, 2 ** 53 - 7, 2 ** 53 + 293]);
  expect(numbers(first?.wallTimesS)).toEqual([2 ** 30, 2 ** 30 + 1, 2 ** 30 + 1 - 2 ** -22]);
  expect(numbers(first?.values)).toEqual([Number.NaN, -1.5, Infinity]);
  expect(numbers(first?.lo)).toEqual([1.5, -2, Infinity]);
  expect(first?.hi).toBe(first?.lo);
  expect(numbers(first?.smoothed)).toEqual([1, 2, 3]);
  expect(missing?.steps.length).toBe(0);
  expect(numbers(last?.steps)).toEqual([-5, 5, 15]);
  expect(numbers(last?.wallTimesS)).toEqual([
    1_700_000_000.123, 1_700_000_000.124, 1_700_000_000.001,
  ]);
  expect(last?.values).toBe(first?.values);
  expect(last?.smoothed).toBe(first?.smoothed);
  expect(last?.lo).toBeUndefined();
});

test('what the program answers is what its JSON says', () => {
  const [json, packed] = answers();
  const expected: unknown = JSON.parse(json, (_, value: unknown) =>
    value === 'NaN' ? Number.NaN : value,
  );
  const {series, groups} = decodePacked(packed, all);
  const list = (column: Float64Array | undefined): number[] => [...(column ?? [])];
  expect({
    change: 0,
    series: series.map((s, i) =>
      s.isFound
        ? {
            run: 0,
            tag: i === 0 ? 'loss' : 'seen',
            total: s.total,
            in_window: s.inWindow,
            steps: list(s.steps),
            wall_times_s: list(s.wallTimesS),
            values: list(s.values),
            ...(s.isEnvelope ? {lo: list(s.lo), hi: list(s.hi)} : {}),
            smoothed: list(s.smoothed),
          }
        : {run: 9, tag: 'loss', error: 'not_found', total: 0},
    ),
    groups: groups.map((g) => ({
      tag: 'loss',
      runs: g.runs,
      total: g.total,
      in_window: g.inWindow,
      x: list(g.x),
      mean: list(g.mean),
      lo: list(g.lo),
      hi: list(g.hi),
      counts: list(g.counts),
    })),
  }).toEqual(expected);
  expect(series[0]?.isEnvelope).toBe(true);
});

/** The two answers of the case file below the line that names this test. */
function answers(): [string, ArrayBuffer] {
  const below = cases.slice(cases.indexOf('packed.test.ts')).split('\n');
  const [json, ...hex] = below.filter((line) => line.startsWith('| ')).map((line) => line.slice(2));
  const bytes = [];
  for (const line of hex) {
    if (!/^[-0-9a-f]{2}( |$)/.test(line)) break;
    bytes.push(...line.split(' ').map((byte) => (byte === '--' ? 0 : parseInt(byte, 16))));
  }
  return [json ?? '', new Uint8Array(bytes).buffer];
}

test('an answer cut at any byte is refused, never read past its end', () => {
  const whole = small().buffer;
  for (let n = 0; n < whole.byteLength; n++) {
    expect(() => decodePacked(whole.slice(0, n), all), `cut at ${n}`).toThrow('columns:');
  }
});

test('an answer with any byte changed is refused or read, within its memory', () => {
  const whole = new Uint8Array(small().buffer);
  for (let i = 0; i < whole.length; i++) {
    for (const value of [0, 1, 127, 128, 255]) {
      const damaged = whole.slice();
      damaged[i] = value;
      try {
        for (const one of decodePacked(damaged.buffer, all).series) {
          expect(one.steps.length).toBeLessThan(1000);
        }
      } catch (error) {
        expect(String(error), `byte ${i} is ${value}`).toContain('columns:');
      }
    }
  }
});

test('answers that lie are refused', () => {
  expect(() => decodePacked(new Pieces(1000).buffer, all)).toThrow('1000 series do not fit');
  const rows = new Pieces(1)
    .unsigned(0)
    .unsigned(1)
    .unsigned(1)
    .unsigned(2 ** 40);
  expect(() => decodePacked(rows.doubles([1]).buffer, all)).toThrow('cut or damaged');
  const form = new Pieces(1).unsigned(0).unsigned(1).unsigned(1).unsigned(1).byte(9);
  expect(() => decodePacked(form.buffer, all)).toThrow('unknown form 9');
  const itself = new Pieces(1).unsigned(0).unsigned(1).unsigned(1).unsigned(1).byte(2).unsigned(0);
  expect(() => decodePacked(itself.buffer, all)).toThrow('repeats column 0');
  expect(() => decodePacked(small().byte(0).buffer, all)).toThrow('too many');
});
