import {expect, test} from 'vitest';
import {durationTicks, linearTicks, logTicks, niceSpacing, wallTicks} from './ticks';

test('spacing is a nice number', () => {
  expect(niceSpacing(2.3, 4)).toBe(0.5);
  expect(niceSpacing(1, 4)).toBe(0.25);
  expect(niceSpacing(2000, 4)).toBe(500);
});

test('labels of one axis differ from each other, whatever the range', () => {
  const ranges: [number, number][] = [
    [0, 0.012],
    [0, 2.4],
    [0.999, 1.0003],
    [-5, 12],
    [0, 2000],
    [1e6, 1e6 + 3],
    [-3e-7, 4e-7],
    [1e9, 7e9],
    [0.1, 0.1000001],
  ];
  for (const [lo, hi] of ranges) {
    const labels = linearTicks(lo, hi, 4).map((t) => t.label);
    expect(labels.length, `${lo}..${hi}`).toBeGreaterThan(1);
    expect(new Set(labels).size, labels.join(' ')).toBe(labels.length);
  }
});

test('step axes have whole ticks', () => {
  expect(linearTicks(0, 3, 6, true).map((t) => t.value)).toEqual([0, 1, 2, 3]);
  expect(linearTicks(0, 2000, 4, true).map((t) => t.label)).toEqual([
    '0',
    '500',
    '1k',
    '1.5k',
    '2k',
  ]);
});

test('a range too narrow for doubles ends', () => {
  expect(linearTicks(1e17, 1e17 + 16, 4).length).toBeLessThan(101);
});

test('log ticks are powers of ten', () => {
  expect(logTicks(1e-4, 10, 6).map((t) => t.label)).toEqual([
    '0.0001',
    '0.001',
    '0.01',
    '0.1',
    '1',
    '10',
  ]);
  expect(logTicks(1, 10, 4).map((t) => t.value)).toEqual([1, 2, 3, 5, 10]);
});

test('durations fall on natural pieces of time', () => {
  expect(durationTicks(0, 120, 4).map((t) => t.label)).toEqual([
    '0',
    '30 s',
    '1:00',
    '1:30',
    '2:00',
  ]);
  expect(durationTicks(0, 7200, 4).map((t) => t.label)).toEqual([
    '0',
    '30 min',
    '1:00 h',
    '1:30 h',
    '2:00 h',
  ]);
});

test('wall times fall on whole minutes of local time', () => {
  const ticks = wallTicks(1795406133, 1795406433, 4);
  expect(ticks.length).toBeGreaterThan(2);
  for (const t of ticks) expect(t.value % 60).toBe(0);
});
