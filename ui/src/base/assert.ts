/** Ends a `switch` over a union: the compiler complains when a case is missing. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}

/** Throws with `message` when `condition` does not hold: a bug of ours, never bad input. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
