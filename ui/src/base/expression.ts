// The expression language of the run filter, such as
//
//   lr < 1e-3 and acc > 0.8          opt in ("adam", "sgd") or not `batch size` = 64
//   1e-4 <= lr < 1e-2                min(loss/eval) is not a name: min(`loss/eval`) < 0.2
//   duration > 2h                    name ~ "seed[12]$" and pinned
//
//   or          := and ("or" and)*                          operand := name | stat "(" name ")" | number | text | "true" | "false"
//   and         := not ("and" not)*                         stat    := last | min | max | mean
//   not         := "not" not | "(" or ")" | comparison      name    := letters, digits, _ ; anything else in `backticks`
//   comparison  := operand | operand (op operand)+ | operand "not"? "in" "(" operand, … ")"
//   op          := <  <=  >  >=  =  ==  !=  ~ (matches a regular expression)  !~
//
// A number may end in s, m, h or d: a time in seconds. `&&`, `||` and `!` are "and", "or" and "not". Parsing tells
// where it failed; what names mean is the caller's business.

export type Stat = 'last' | 'min' | 'max' | 'mean';
export type CompareOp = '<' | '<=' | '>' | '>=' | '=' | '!=' | '~' | '!~';

export interface Place {
  readonly from: number; // In the text, as code units.
  readonly to: number;
}

export interface NameUse extends Place {
  readonly kind: 'name';
  readonly name: string;
  readonly stat: Stat | undefined;
}

export type Operand =
  | NameUse
  | ({readonly kind: 'number'; readonly value: number} & Place)
  | ({readonly kind: 'text'; readonly value: string} & Place)
  | ({readonly kind: 'flag'; readonly value: boolean} & Place);

export type Expression =
  | {readonly kind: 'or' | 'and'; readonly parts: readonly Expression[]}
  | {readonly kind: 'not'; readonly part: Expression}
  | {
      readonly kind: 'compare';
      readonly op: CompareOp;
      readonly left: Operand;
      readonly right: Operand;
    }
  | {readonly kind: 'in'; readonly item: Operand; readonly list: readonly Operand[]}
  | {readonly kind: 'truth'; readonly operand: Operand};

export interface ExpressionError extends Place {
  readonly code:
    | 'expected-value'
    | 'expected-close'
    | 'expected-list'
    | 'unclosed'
    | 'unexpected'
    | 'pattern'
    | 'empty-name';
  readonly got: string; // What stands there; empty at the end.
}

export type Parsed =
  | {readonly kind: 'ok'; readonly expression: Expression; readonly names: readonly NameUse[]}
  | {readonly kind: 'error'; readonly error: ExpressionError};

interface Token extends Place {
  readonly kind: 'name' | 'quoted-name' | 'number' | 'text' | 'op' | 'end' | 'bad';
  readonly text: string;
  readonly value: number;
}

const word = /[\p{L}_][\p{L}\p{N}_]*/uy;
const numeral = /(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/y;
const operator = /<=|>=|==|!=|!~|&&|\|\||[<>=~!(),]|-/y;
const secondsOf: Readonly<Record<string, number>> = {s: 1, m: 60, h: 3600, d: 86400};
const stats: readonly Stat[] = ['last', 'min', 'max', 'mean'];

function read(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function tokenAt(text: string, at: number): Token {
  const token = (kind: Token['kind'], end: number, said: string, value = 0): Token => ({
    kind,
    text: said,
    value,
    from: at,
    to: end,
  });
  const c = text.charAt(at);
  if (c === '') return token('end', at, '');
  if (c === '`' || c === '"' || c === "'") {
    const end = text.indexOf(c, at + 1);
    if (end < 0) return token('bad', text.length, text.slice(at));
    return token(c === '`' ? 'quoted-name' : 'text', end + 1, text.slice(at + 1, end));
  }
  const digits = read(numeral, text, at);
  if (digits !== undefined) {
    const end = at + digits.length;
    const unit = secondsOf[text.charAt(end)];
    const hasUnit = unit !== undefined && read(word, text, end)?.length === 1;
    return token('number', hasUnit ? end + 1 : end, digits, Number(digits) * (hasUnit ? unit : 1));
  }
  const name = read(word, text, at);
  if (name !== undefined) return token('name', at + name.length, name);
  const op = read(operator, text, at);
  if (op !== undefined) return token('op', at + op.length, op);
  return token('bad', at + 1, c);
}

class Stop extends Error {
  constructor(readonly where: ExpressionError) {
    super(where.code);
  }
}

const comparisons: Readonly<Record<string, CompareOp>> = {
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  '=': '=',
  '==': '=',
  '!=': '!=',
  '~': '~',
  '!~': '!~',
};

class Parser {
  readonly names: NameUse[] = [];
  private now: Token;

  constructor(private readonly text: string) {
    this.now = this.tokenFrom(0);
  }

  whole(): Expression {
    const expression = this.or();
    if (this.now.kind !== 'end') this.fail('unexpected');
    return expression;
  }

  private tokenFrom(at: number): Token {
    while (/\s/.test(this.text.charAt(at))) at++;
    return tokenAt(this.text, at);
  }

  private take(): Token {
    const token = this.now;
    this.now = this.tokenFrom(token.to);
    return token;
  }

  private fail(code: ExpressionError['code'], token = this.now): never {
    const isUnclosed = token.kind === 'bad' && /^[`"']/.test(token.text);
    throw new Stop({
      code: isUnclosed ? 'unclosed' : code,
      got: this.text.slice(token.from, token.to),
      from: token.from,
      to: token.to,
    });
  }

  private isWord(name: string): boolean {
    return this.now.kind === 'name' && this.now.text.toLowerCase() === name;
  }

  private isOp(op: string): boolean {
    return this.now.kind === 'op' && this.now.text === op;
  }

  private or(): Expression {
    const parts = [this.and()];
    while (this.isWord('or') || this.isOp('||')) {
      this.take();
      parts.push(this.and());
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : {kind: 'or', parts};
  }

  private and(): Expression {
    const parts = [this.not()];
    while (this.isWord('and') || this.isOp('&&')) {
      this.take();
      parts.push(this.not());
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : {kind: 'and', parts};
  }

  private not(): Expression {
    if (this.isWord('not') || this.isOp('!')) {
      this.take();
      return {kind: 'not', part: this.not()};
    }
    if (this.isOp('(')) {
      this.take();
      const inner = this.or();
      this.close();
      return inner;
    }
    return this.comparison();
  }

  private comparison(): Expression {
    const first = this.operand();
    if (this.isWord('in')) return this.list(first);
    if (this.isWord('not')) {
      this.take();
      if (!this.isWord('in')) this.fail('unexpected');
      return {kind: 'not', part: this.list(first)};
    }
    const parts: Expression[] = [];
    let left = first;
    for (;;) {
      const op = this.now.kind === 'op' ? comparisons[this.now.text] : undefined;
      if (op === undefined) break;
      this.take();
      const right = this.operand();
      if ((op === '~' || op === '!~') && !isPattern(right)) this.failAt('pattern', right);
      parts.push({kind: 'compare', op, left, right});
      left = right;
    }
    if (parts.length === 0) return {kind: 'truth', operand: first};
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : {kind: 'and', parts};
  }

  private list(item: Operand): Expression {
    this.take();
    if (!this.isOp('(')) this.fail('expected-list');
    this.take();
    const list: Operand[] = [];
    if (!this.isOp(')')) {
      list.push(this.operand());
      while (this.isOp(',')) {
        this.take();
        list.push(this.operand());
      }
    }
    this.close();
    return {kind: 'in', item, list};
  }

  private close(): void {
    if (!this.isOp(')')) this.fail('expected-close');
    this.take();
  }

  private failAt(code: ExpressionError['code'], {from, to}: Place): never {
    throw new Stop({code, got: this.text.slice(from, to), from, to});
  }

  private operand(): Operand {
    const token = this.now;
    const {from, to} = token;
    switch (token.kind) {
      case 'number':
        this.take();
        return {kind: 'number', value: token.value, from, to};
      case 'text':
        this.take();
        return {kind: 'text', value: token.text, from, to};
      case 'quoted-name':
        if (token.text === '') this.fail('empty-name');
        this.take();
        return this.name(token.text, undefined, from, to);
      case 'op': {
        if (token.text !== '-') this.fail('expected-value');
        this.take();
        const number = this.now;
        if (number.kind !== 'number') this.fail('expected-value');
        this.take();
        return {kind: 'number', value: -number.value, from, to: number.to};
      }
      case 'name': {
        const lower = token.text.toLowerCase();
        if (['and', 'or', 'not', 'in'].includes(lower)) this.fail('expected-value');
        this.take();
        if (lower === 'true' || lower === 'false')
          return {kind: 'flag', value: lower === 'true', from, to};
        const stat = stats.find((s) => s === lower);
        if (stat === undefined || !this.isOp('('))
          return this.name(token.text, undefined, from, to);
        this.take();
        const inner = this.now;
        if (inner.kind !== 'name' && inner.kind !== 'quoted-name') this.fail('expected-value');
        this.take();
        this.close();
        return this.name(inner.text, stat, inner.from, inner.to);
      }
      default:
        return this.fail('expected-value');
    }
  }

  private name(name: string, stat: Stat | undefined, from: number, to: number): NameUse {
    const use: NameUse = {kind: 'name', name, stat, from, to};
    this.names.push(use);
    return use;
  }
}

function isPattern(operand: Operand): boolean {
  if (operand.kind !== 'text') return operand.kind === 'name';
  try {
    new RegExp(operand.value);
    return true;
  } catch {
    return false;
  }
}

export function parseExpression(text: string): Parsed {
  try {
    const parser = new Parser(text);
    const expression = parser.whole();
    return {kind: 'ok', expression, names: parser.names};
  } catch (error) {
    if (error instanceof Stop) return {kind: 'error', error: error.where};
    throw error;
  }
}

/** A name as it must be written in an expression. */
export function quoteName(name: string): string {
  return read(word, name, 0) === name && !/^(and|or|not|in|true|false)$/i.test(name)
    ? name
    : `\`${name}\``;
}

/**
 * Whether a text was meant as an expression rather than as a regular expression: it compares something, or joins words by
 * and, or, not. `(?<=a)b`, `lr=0.1` and `a|b` stay regular expressions.
 */
export function looksLikeExpression(text: string): boolean {
  const bare = text
    .replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, '""')
    .replaceAll(/\(\?(?:<\w+>|[<:=!]+)/g, '(');
  return (
    /(^|[^\\])(<|>|==|!=|!~|\s=\s|\s~\s)/.test(bare) ||
    text.includes('`') ||
    /^(not|!)\s*\S|\s(and|or|in|not in)\s|&&|\|\|/i.test(bare)
  );
}
