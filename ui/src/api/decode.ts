// The border of the page: JSON of the server is checked here and trusted inside.

import type {GraphNode} from '../base/graph_rows';
import type {
  Change,
  DamageItem,
  GraphAnswer,
  HParamValue,
  LogState,
  Mark,
  Marks,
  Run,
  RunList,
  RunStatus,
  Status,
  Summary,
  TagList,
  ImageList,
} from './types';

/** The server answered something else than the contract says. */
export class DecodeError extends Error {}

export type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function fields(value: unknown, where: string): Fields {
  if (!isFields(value)) throw new DecodeError(`${where}: an object was expected`);
  return value;
}

export function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new DecodeError(`${where}: a list was expected`);
  return value;
}

export function text(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new DecodeError(`${where}: a text was expected`);
  return value;
}

export function optionalText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Numbers that JSON cannot hold come as texts. */
export function number(value: unknown, where: string): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN') return Number.NaN;
  if (value === 'Infinity') return Infinity;
  if (value === '-Infinity') return -Infinity;
  throw new DecodeError(`${where}: a number was expected`);
}

export function optionalNumber(value: unknown, where: string): number | undefined {
  return value === null || value === undefined ? undefined : number(value, where);
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}

/** Absent means no. */
export function flag(value: unknown): boolean {
  return value === true;
}

function logState(value: unknown): LogState {
  return value === 'loading' || value === 'missing' ? value : 'watching';
}

function runStatus(value: unknown): RunStatus {
  return value === 'live' || value === 'finished' || value === 'failed' ? value : 'stalled';
}

export function decodeStatus(value: unknown): Status {
  const s = fields(value, 'status');
  const damage = isFields(s['damage']) ? s['damage'] : {};
  const items = Array.isArray(damage['items']) ? damage['items'] : [];
  return {
    version: optionalText(s['version']),
    change: number(s['change'], 'status.change'),
    logdir: optionalText(s['logdir']),
    windowTitle: optionalText(s['window_title']),
    state: logState(s['state']),
    bytesRead: numberOr(s['bytes_read'], 0),
    bytesTotal: numberOr(s['bytes_total'], 0),
    secondsLeft: optionalNumber(s['seconds_left'], 'status.seconds_left'),
    runs: numberOr(s['runs'], 0),
    series: numberOr(s['series'], 0),
    points: numberOr(s['points'], 0),
    startedS: numberOr(s['started_s'], 0),
    damageCount: numberOr(damage['count'], 0),
    damageBytes: numberOr(damage['bytes_lost'], 0),
    damageItems: items.map(damageItem),
  };
}

function damageItem(value: unknown): DamageItem {
  const item = fields(value, 'damage');
  return {
    file: optionalText(item['file']),
    offset: numberOr(item['offset'], 0),
    bytes: numberOr(item['bytes'], 0),
    message: optionalText(item['message']),
  };
}

export function decodeRuns(value: unknown): RunList {
  const answer = fields(value, 'runs');
  const experiment = isFields(answer['experiment']) ? answer['experiment'] : {};
  const announced = Array.isArray(experiment['hparams']) ? experiment['hparams'] : [];
  return {
    change: numberOr(answer['change'], -1),
    runs: list(answer['runs'], 'runs').map(decodeRun),
    hparamTitles: new Map(
      announced.flatMap((item: unknown) => {
        const hparam = fields(item, 'experiment.hparams');
        const title = optionalText(hparam['display_name']);
        return title === '' ? [] : [[text(hparam['name'], 'experiment.hparams.name'), title]];
      }),
    ),
  };
}

function decodeRun(item: unknown): Run {
  const run = fields(item, 'run');
  return {
    id: number(run['id'], 'run.id'),
    name: text(run['name'], 'run.name'),
    startS: optionalNumber(run['start_s'], 'run.start_s'),
    lastWallTimeS: optionalNumber(run['last_wall_time_s'], 'run.last_wall_time_s'),
    lastStep: optionalNumber(run['last_step'], 'run.last_step'),
    points: numberOr(run['points'], 0),
    status: runStatus(run['status']),
    hparams: isFields(run['hparams']) ? decodeHParams(run['hparams']) : noHParams,
  };
}

const noHParams: ReadonlyMap<string, HParamValue> = new Map();

function decodeHParams(values: Fields): ReadonlyMap<string, HParamValue> {
  return new Map(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'boolean' || typeof value === 'number' ? value : text(value, 'run.hparams'),
    ]),
  );
}

export function decodeSummaries(value: unknown): ReadonlyMap<string, ReadonlyMap<number, Summary>> {
  return new Map(
    list(fields(value, 'summaries')['tags'], 'summaries.tags').map((item) => {
      const tag = fields(item, 'summaries.tag');
      const column = (key: string): readonly unknown[] => list(tag[key], `summaries.${key}`);
      const [points, last, steps] = [column('points'), column('last'), column('last_step')];
      const [min, max, mean] = [column('min'), column('max'), column('mean')];
      const rows = column('runs').map((id, i): [number, Summary] => [
        number(id, 'summaries.runs'),
        {
          points: number(points[i], 'summaries.points'),
          last: number(last[i], 'summaries.last'),
          lastStep: number(steps[i], 'summaries.last_step'),
          min: optionalNumber(min[i], 'summaries.min'),
          max: optionalNumber(max[i], 'summaries.max'),
          mean: optionalNumber(mean[i], 'summaries.mean'),
        },
      ]);
      return [text(tag['tag'], 'summaries.tag'), new Map(rows)];
    }),
  );
}

export function decodeMarks(value: unknown): Marks {
  const answer = fields(value, 'marks');
  return {
    problem: optionalText(answer['problem']),
    byRun: new Map(
      list(answer['marks'], 'marks').map((item) => {
        const mark = fields(item, 'mark');
        return [text(mark['run'], 'mark.run'), decodeMark(mark)];
      }),
    ),
  };
}

function decodeMark(mark: Fields): Mark {
  const {title, note, colour, tags} = mark;
  return {
    ...(typeof title === 'string' ? {title} : {}),
    ...(typeof note === 'string' ? {note} : {}),
    ...(typeof colour === 'number' ? {colour} : {}),
    ...(Array.isArray(tags) ? {tags: tags.map(optionalText)} : {}),
    ...(mark['pinned'] === true ? {pinned: true} : {}),
    ...(mark['hidden'] === true ? {hidden: true} : {}),
    ...(mark['archived'] === true ? {archived: true} : {}),
  };
}

/** One text field of an answer. */
export function decodeText(value: unknown, key: string): string {
  return text(fields(value, key)[key], key);
}

export function decodeTags(value: unknown): TagList {
  const answer = fields(value, 'tags');
  // Thousands of tags are had by the same runs: they share one list. It is mostly that of the tag before.
  const lists = new Map<string, readonly number[]>();
  let before: readonly unknown[] = [];
  let runs: readonly number[] = [];
  return {
    change: numberOr(answer['change'], -1),
    tags: list(answer['tags'], 'tags').map((item) => {
      const tag = fields(item, 'tag');
      const ranges = list(tag['run_ranges'], 'tag.run_ranges');
      if (!isSame(ranges, before)) {
        const key = ranges.join();
        runs = lists.get(key) ?? idsOfRanges(ranges);
        lists.set(key, runs);
        before = ranges;
      }
      return {
        kind: text(tag['kind'], 'tag.kind'),
        tag: text(tag['tag'], 'tag.tag'),
        displayName: optionalText(tag['display_name']),
        description: optionalText(tag['description']),
        runs,
      };
    }),
  };
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

/** `[0, 2, 7, 7]` is 0, 1, 2 and 7. */
function idsOfRanges(ranges: readonly unknown[]): readonly number[] {
  const ids: number[] = [];
  for (let i = 0; i + 1 < ranges.length; i += 2) {
    const last = number(ranges[i + 1], 'tag.run_ranges');
    for (let id = number(ranges[i], 'tag.run_ranges'); id <= last; id++) ids.push(id);
  }
  return ids;
}

export function decodeImages(value: unknown): ImageList {
  const answer = fields(value, 'images');
  const numbers = (key: string): readonly number[] =>
    list(answer[key], `images.${key}`).map((item) => number(item, `images.${key}`));
  const steps = numbers('steps');
  const wallTimesS = numbers('wall_times_s');
  const samples = numbers('samples');
  if (wallTimesS.length !== steps.length || samples.length !== steps.length)
    throw new DecodeError('images: lists of different lengths');
  return {steps, wallTimesS, samples};
}

export function decodeGraph(value: unknown): GraphAnswer {
  return {nodes: list(fields(value, 'graph')['nodes'], 'graph.nodes').map(graphNode)};
}

function graphNode(value: unknown): GraphNode {
  const node = fields(value, 'node');
  return {
    name: text(node['name'], 'node.name'),
    op: optionalText(node['op']),
    inputs: Array.isArray(node['inputs']) ? node['inputs'].map(optionalText) : [],
    device: optionalText(node['device']),
    shapes: Array.isArray(node['shapes']) ? node['shapes'].map(optionalText) : [],
  };
}

export function decodeChange(value: unknown): Change {
  const message = fields(value, 'change');
  const series = message['series'];
  return {
    change: number(message['change'], 'change.change'),
    runs: message['runs'] === true,
    tags: message['tags'] === true,
    series:
      series === null || series === undefined
        ? undefined
        : list(series, 'change.series').map(changedSeries),
    status: decodeStatus(message['status']),
  };
}

function changedSeries(value: unknown): readonly [number, string, number] {
  const row = list(value, 'change.series');
  return [number(row[0], 'change.series'), text(row[1], 'change.series'), numberOr(row[2], 0)];
}

/** The message of an error answer, or undefined when the body is not one. */
export function decodeErrorMessage(value: unknown): string | undefined {
  if (!isFields(value) || !isFields(value['error'])) return undefined;
  const message = value['error']['message'];
  return typeof message === 'string' ? message : undefined;
}
