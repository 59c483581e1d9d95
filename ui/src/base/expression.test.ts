import {describe, expect, it} from 'vitest';
import {evaluate, type CellValue} from './evaluate';
import {looksLikeExpression, parseExpression, quoteName} from './expression';

const rows: Readonly<Record<string, Readonly<Record<string, CellValue>>>> = {
  a: {
    lr: 1e-4,
    acc: 0.9,
    opt: 'adam',
    'batch size': 64,
    bn: true,
    tags: ['paper', 'v2'],
    duration: 7300,
  },
  b: {lr: 1e-2, acc: 0.7, opt: 'sgd', 'batch size': 32, bn: false, tags: [], duration: 60},
  c: {acc: Number.NaN, opt: 'adam', start: 1795406133},
};

function matching(text: string): string {
  const parsed = parseExpression(text);
  if (parsed.kind === 'error')
    return `${parsed.error.code} at ${parsed.error.from}-${parsed.error.to}: ${parsed.error.got}`;
  return Object.keys(rows)
    .filter((row) =>
      evaluate(
        parsed.expression,
        ({name, stat}) => rows[row]?.[stat === undefined ? name : `${stat}(${name})`],
      ),
    )
    .join('');
}

describe('expressions', () => {
  it.each([
    ['lr < 1e-3 and acc > 0.8', 'a'],
    ['lr < 1e-3 or lr >= .01', 'ab'],
    ['1e-5 <= lr < 1e-2', 'a'],
    ['not lr < 1e-3', 'bc'],
    ['!bn', 'bc'],
    ['bn', 'a'],
    ['bn = false', 'b'],
    ['bn == true && opt == "adam" || lr = 0.01', 'ab'],
    ['`batch size` = 64', 'a'],
    ["opt in ('adam', 'lion') and not bn", 'c'],
    ['opt not in ("adam")', 'b'],
    ['opt ~ "^A"', 'ac'],
    ['opt !~ "ad"', 'b'],
    ['tags = "paper"', 'a'],
    ['tags != "paper"', 'b'],
    ['duration > 2h', 'a'],
    ['duration = 1m', 'b'],
    ['start > "2026-11-01"', 'c'],
    ['start > "2027-01-01"', ''],
    ['acc != 0.9', 'bc'],
    ['lr > -1', 'ab'],
    ['opt > 3', ''],
    ['(lr < 1 and acc < 0.8) or (opt = "adam" and not (acc > 0))', 'bc'],
    ['OPT = "adam"', ''],
  ])('%s', (text, expected) => expect(matching(text)).toBe(expected));

  it('reads statistics of a metric', () => {
    const parsed = parseExpression('min(loss) < 0.2 and max(`loss/eval`) > 1 and min > 3');
    expect(parsed.kind === 'ok' ? parsed.names.map((n) => [n.stat, n.name]) : parsed).toEqual([
      ['min', 'loss'],
      ['max', 'loss/eval'],
      [undefined, 'min'],
    ]);
  });

  it.each([
    ['lr <', 'expected-value at 4-4: '],
    ['lr < and', 'expected-value at 5-8: and'],
    ['lr < 3 acc', 'unexpected at 7-10: acc'],
    ['(lr < 3', 'expected-close at 7-7: '],
    ['lr < 3)', 'unexpected at 6-7: )'],
    ['opt in adam', 'expected-list at 7-11: adam'],
    ['opt = "adam', 'unclosed at 6-11: "adam'],
    ['`batch', 'unclosed at 0-6: `batch'],
    ['``', 'empty-name at 0-2: ``'],
    ['opt ~ "("', 'pattern at 6-9: "("'],
    ['lr # 3', 'unexpected at 3-4: #'],
    ['- lr < 3', 'expected-value at 2-4: lr'],
    ['', 'expected-value at 0-0: '],
    ['opt not 3', 'unexpected at 8-9: 3'],
  ])('tells where %s fails', (text, expected) => expect(matching(text)).toBe(expected));

  it('is told from a regular expression', () => {
    for (const text of [
      'lr < 3',
      'a>b',
      '`x`',
      'not pinned',
      'pinned and archived',
      'x == 1',
      'lr = 0.1',
    ])
      expect(looksLikeExpression(text), text).toBe(true);
    for (const text of [
      'lr=0.1',
      'seed[12]$',
      '(?<!a)b',
      '(?<=a)b',
      '(?<n>a)',
      'a|b',
      '',
      'android',
      'cnn',
      'not',
    ])
      expect(looksLikeExpression(text), text).toBe(false);
  });

  it('quotes names that are not words', () => {
    expect(['lr', 'batch size', 'loss/eval', 'and', '学习率', '2x'].map(quoteName)).toEqual([
      'lr',
      '`batch size`',
      '`loss/eval`',
      '`and`',
      '学习率',
      '`2x`',
    ]);
  });
});
