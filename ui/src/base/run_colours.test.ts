import {expect, test} from 'vitest';
import {assignColours, runColour} from './run_colours';

test('eight colours of the theme, then hues with a dash', () => {
  expect(runColour(0)).toEqual({slot: 1, hue: 0, dash: 0});
  expect(runColour(7).slot).toBe(8);
  const seen = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const c = runColour(i);
    seen.add(`${c.slot} ${c.hue.toFixed(1)} ${c.dash}`);
    if (i >= 8) expect(c.dash).toBeGreaterThan(0);
  }
  expect(seen.size).toBe(200);
});

test('a run keeps its colour when others come', () => {
  const first = assignColours(new Map(), ['b', 'c']);
  const second = assignColours(first, ['a', 'b', 'c']);
  expect([...second]).toEqual([
    ['b', 0],
    ['c', 1],
    ['a', 2],
  ]);
});
