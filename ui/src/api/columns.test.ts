import {expect, test} from 'vitest';
import {decodeColumns} from './columns';

/** The bytes of two series, written by hand from the contract. */
function answer(): ArrayBuffer {
  const buffer = new ArrayBuffer(16 + 2 * 32 + 2 * 4 * 8);
  const view = new DataView(buffer);
  for (const [i, c] of [...'FLC1'].entries()) view.setUint8(i, c.charCodeAt(0));
  view.setUint32(4, 2, true);
  view.setBigUint64(8, 17n, true);
  view.setUint32(16, 2, true);
  view.setUint32(20, 1 | 2, true);
  view.setBigUint64(24, 9000n, true);
  view.setBigUint64(32, 5000n, true);
  view.setBigUint64(40, 80n, true);
  view.setUint32(52, 4, true);
  [1, 2 ** 53, 1.5, 2.5, Number.NaN, 0.25, 3, 4].forEach((v, i) =>
    view.setFloat64(80 + i * 8, v, true),
  );
  return buffer;
}

test('columns are views of the answer', () => {
  const {change, series} = decodeColumns(answer());
  expect(change).toBe(17);
  expect(series).toHaveLength(2);
  const first = series[0];
  expect([...(first?.columns.steps ?? [])]).toEqual([1, 2 ** 53]);
  expect([...(first?.columns.values ?? [])]).toEqual([Number.NaN, 0.25]);
  expect([...(first?.columns.smoothed ?? [])]).toEqual([3, 4]);
  expect(first?.isDecimated).toBe(true);
  expect([first?.total, first?.inWindow]).toEqual([9000, 5000]);
  expect(series[1]?.isFound).toBe(false);
  expect(series[1]?.columns.steps.length).toBe(0);
});

test('answers that lie about their size are refused', () => {
  const tooMany = answer();
  new DataView(tooMany).setUint32(4, 3_000_000, true);
  expect(() => decodeColumns(tooMany)).toThrow('do not fit');
  const tooLong = answer();
  new DataView(tooLong).setUint32(16, 0xffffffff, true);
  expect(() => decodeColumns(tooLong)).toThrow('lies outside');
  const odd = answer();
  new DataView(odd).setBigUint64(40, 81n, true);
  expect(() => decodeColumns(odd)).toThrow('lies outside');
  expect(() => decodeColumns(new ArrayBuffer(3))).toThrow('FLC1');
});

test('an answer cut at any byte is refused or is empty, never read past its end', () => {
  const whole = answer();
  for (let n = 0; n < whole.byteLength; n++) {
    expect(() => decodeColumns(whole.slice(0, n)), `cut at ${n}`).toThrow();
  }
});
