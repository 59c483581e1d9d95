import {expect, test} from 'vitest';
import {placeOfStep} from './image_steps';

test('a chosen step is a stored one, or one that lies near it', () => {
  const steps = [0, 100, 300];
  expect(placeOfStep(steps, 100)).toBe(1);
  expect(placeOfStep(steps, 109)).toBe(1);
  expect(placeOfStep(steps, 92)).toBe(1);
  expect(placeOfStep(steps, 280)).toBe(2);
  expect(placeOfStep(steps, 10)).toBe(0);
});

test('between stored steps, and outside of them, there is none', () => {
  expect(placeOfStep([0, 100, 300], 50)).toBeUndefined();
  expect(placeOfStep([10, 20], 5)).toBeUndefined();
  expect(placeOfStep([10, 20], 21)).toBeUndefined();
  expect(placeOfStep([], 1)).toBeUndefined();
});
