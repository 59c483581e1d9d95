import {expect, test} from 'vitest';
import {placePopover, placeReadout} from './placement';

const desktop = {width: 1440, height: 900};
const phone = {width: 390, height: 844};

test('a readout stays inside and never covers its point', () => {
  const sizes = [
    {width: 220, height: 140},
    {width: 340, height: 260},
    {width: 370, height: 300},
  ];
  for (const viewport of [desktop, phone]) {
    for (const size of sizes) {
      for (let x = 0; x <= viewport.width; x += 13) {
        for (let y = 60; y <= viewport.height; y += 17) {
          const {left, top} = placeReadout({x, y}, size, viewport);
          expect(left).toBeGreaterThanOrEqual(8);
          expect(left + size.width).toBeLessThanOrEqual(viewport.width - 8);
          const covers = x > left && x < left + size.width && y > top && y < top + size.height;
          expect(covers, `${x},${y} by ${left},${top}`).toBe(false);
        }
      }
    }
  }
});

test('a popover hangs below its button, inside the viewport', () => {
  expect(
    placePopover({left: 1380, top: 8, width: 28, height: 28}, {width: 200, height: 100}, desktop),
  ).toEqual({left: 1208, top: 42});
  expect(
    placePopover({left: 10, top: 860, width: 60, height: 24}, {width: 200, height: 100}, desktop),
  ).toEqual({left: 10, top: 754});
});
