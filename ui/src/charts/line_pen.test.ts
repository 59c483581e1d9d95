import {describe, expect, it} from 'vitest';
import {hairlines} from './line_pen';

describe('hairlines', () => {
  it('cover the width of the line around its middle', () => {
    for (const ratio of [1, 1.25])
      for (const width of [1.6, 2.4, 5]) {
        const shifts = hairlines(width, ratio);
        const [first = 0, last = 0] = [shifts[0], shifts.at(-1)];
        expect(last - first + 1 / ratio).toBeCloseTo(width);
        expect(first + last).toBeCloseTo(0);
        const apart = (last - first) / (shifts.length - 1);
        expect(apart * ratio).toBeLessThanOrEqual(0.75 + 1e-9);
      }
  });

  it('are one line where it is thin, and where pixels are small', () => {
    expect(hairlines(1, 1)).toEqual([0]);
    expect(hairlines(1.6, 2)).toEqual([0]);
  });
});
