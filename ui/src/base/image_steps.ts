// Which stored image belongs to a step that was chosen in another chart.

/** A step this near to a stored one, in parts of the gap to the next, is taken for it. */
const reach = 0.1;

/** The place of `step` in `steps`, which ascend; undefined where no stored step is near. */
export function placeOfStep(steps: readonly number[], step: number): number | undefined {
  const after = steps.findIndex((s) => s >= step);
  if (after < 0) return undefined;
  const b = steps[after] ?? step;
  if (b === step) return after;
  const a = steps[after - 1];
  if (a === undefined) return undefined;
  if (step - a <= (b - a) * reach) return after - 1;
  return b - step <= (b - a) * reach ? after : undefined;
}
