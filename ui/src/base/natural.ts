// The order of tags and runs, as TensorFlow's users know it. Names are compared place by place:
//
//   * where both have a digit, the whole numbers there are compared (`run2` before `run10`,
//     `lr0.01` before `lr0.1`, `1e-3` before `1e-2`);
//   * a break (`/`, `_` or a digit) sorts before any other character, two breaks are equal;
//   * otherwise by code unit; a prefix comes first.

const digit = /[0-9]/;
const numberHere = /[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]*)?/y;

function isBreak(c: string): boolean {
  return c === '/' || c === '_' || digit.test(c);
}

function readNumber(text: string, at: number): {value: number; end: number} {
  numberHere.lastIndex = at;
  const found = numberHere.exec(text)?.[0] ?? '';
  // A bare trailing `.` or `e` belongs to the number but says nothing about its value.
  return {value: Number.parseFloat(found), end: at + found.length};
}

/** Negative, zero or positive, for Array.sort. */
export function compareNatural(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const x = a.charAt(i);
    const y = b.charAt(j);
    if (digit.test(x) && digit.test(y)) {
      const left = readNumber(a, i);
      const right = readNumber(b, j);
      if (left.value !== right.value) return left.value - right.value;
      i = left.end;
      j = right.end;
      continue;
    }
    const xBreaks = isBreak(x);
    const yBreaks = isBreak(y);
    if (xBreaks !== yBreaks) return xBreaks ? -1 : 1;
    if (!xBreaks && x !== y) return x < y ? -1 : 1;
    i++;
    j++;
  }
  return a.length - i - (b.length - j);
}
