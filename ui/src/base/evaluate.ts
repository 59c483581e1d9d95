// What an expression of the run filter says of one row.

import {compareNatural} from './natural';
import type {CompareOp, Expression, NameUse, Operand} from './expression';

/** Undefined where the row has no such value: no comparison with it holds. */
export type CellValue = number | string | boolean | readonly string[] | undefined;

export type ReadName = (name: NameUse) => CellValue;

export function evaluate(expression: Expression, read: ReadName): boolean {
  switch (expression.kind) {
    case 'or':
      return expression.parts.some((part) => evaluate(part, read));
    case 'and':
      return expression.parts.every((part) => evaluate(part, read));
    case 'not':
      return !evaluate(expression.part, read);
    case 'truth':
      return isTrue(valueOf(expression.operand, read));
    case 'in': {
      const item = valueOf(expression.item, read);
      return expression.list.some((other) => compare('=', item, valueOf(other, read)));
    }
    case 'compare':
      return compare(
        expression.op,
        valueOf(expression.left, read),
        valueOf(expression.right, read),
      );
  }
}

function valueOf(operand: Operand, read: ReadName): CellValue {
  return operand.kind === 'name' ? read(operand) : operand.value;
}

function isTrue(value: CellValue): boolean {
  if (value === undefined) return false;
  if (typeof value === 'number') return value !== 0 && !Number.isNaN(value);
  if (typeof value === 'boolean') return value;
  return value.length > 0;
}

function compare(op: CompareOp, a: CellValue, b: CellValue): boolean {
  if (a === undefined || b === undefined) return false;
  if (Array.isArray(a))
    return op === '!=' || op === '!~'
      ? a.every((x) => compare(op, x, b))
      : a.some((x) => compare(op, x, b));
  if (Array.isArray(b)) return compare(op, b, a);
  if (op === '~' || op === '!~') return new RegExp(String(b), 'i').test(String(a)) === (op === '~');
  const order = orderOf(a, b);
  if (order === undefined) return op === '!=';
  switch (op) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
  }
}

/** Undefined when the two cannot be compared. A text that is a number, or a date beside a number of seconds, is one. */
function orderOf(a: CellValue, b: CellValue): number | undefined {
  if (typeof a === 'string' && typeof b === 'string')
    return a === b ? 0 : compareNatural(a, b) || (a < b ? -1 : 1);
  if (typeof a === 'boolean' || typeof b === 'boolean')
    return flagOf(a) === flagOf(b) ? 0 : undefined;
  const x = numberOf(a);
  const y = numberOf(b);
  if (x === undefined || y === undefined || Number.isNaN(x) || Number.isNaN(y)) return undefined;
  return x - y || (x === y ? 0 : x < y ? -1 : 1);
}

function flagOf(value: CellValue): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === 'true') return true;
  return value === 0 || value === 'false' ? false : undefined;
}

function numberOf(value: CellValue): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  if (!Number.isNaN(number)) return number;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : date / 1000;
}
