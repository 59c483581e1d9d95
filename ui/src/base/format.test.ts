import {expect, test} from 'vitest';
import {
  decimalsFor,
  formatBytes,
  formatCount,
  formatDuration,
  formatFull,
  formatTick,
  formatValue,
} from './format';

test('values keep four significant digits', () => {
  expect(formatValue(0.40712)).toBe('0.4071');
  expect(formatValue(12.3456)).toBe('12.35');
  expect(formatValue(-1234.6)).toBe('−1,235');
  expect(formatValue(0.0001234567)).toBe('0.0001235');
  expect(formatValue(1.204e-7)).toBe('1.204e−7');
  expect(formatValue(2e9)).toBe('2e9');
  expect(formatValue(0)).toBe('0');
});

test('numbers that are none have names', () => {
  expect(formatValue(Number.NaN)).toBe('NaN');
  expect(formatValue(-Infinity)).toBe('−∞');
  expect(formatFull(-Infinity)).toBe('-Infinity');
});

test('tick labels differ from their neighbours', () => {
  expect([0, 0.003, 0.006, 0.009].map((v) => formatTick(v, 0.003))).toEqual([
    '0',
    '0.003',
    '0.006',
    '0.009',
  ]);
  expect([500, 1000, 1500].map((v) => formatTick(v, 500))).toEqual(['500', '1.0k', '1.5k']);
  expect([1000000, 1000001].map((v) => formatTick(v, 1))).toEqual(['1.000000M', '1.000001M']);
  expect([1e-7, 2e-7].map((v) => formatTick(v, 1e-7))).toEqual(['1e−7', '2e−7']);
  expect([20000, 40000].map((v) => formatTick(v, 20000))).toEqual(['20k', '40k']);
});

test('decimals', () => {
  expect([1, 0.5, 0.25, 0.001, 20].map(decimalsFor)).toEqual([0, 1, 2, 3, 0]);
});

test('durations and bytes carry units', () => {
  expect([0.0021, 12, 90, 10800, 200000].map(formatDuration)).toEqual([
    '2.1 ms',
    '12 s',
    '1.5 min',
    '3 h',
    '2.3 d',
  ]);
  expect(formatBytes(1536)).toBe('1.5 KiB');
  expect(formatCount(23806644)).toBe('23,806,644');
  for (const n of [0, 7, 999, 1000, 123456, 1234567, -1, -1000, 2 ** 53])
    for (const language of ['en', 'zh-CN'])
      expect(formatCount(n)).toBe(new Intl.NumberFormat(language).format(n));
});
