// What a card's histograms amount to at the chosen step, over a stretch of steps, or at all of them, as a table: exact, because
// it asks for these steps themselves, whatever the drawing leaves out. Only the rows in view are elements of the page.

import {useEffect, useMemo, useRef, useState} from 'preact/hooks';
import type {HistogramSeries, HistogramWindow} from '../../api/types';
import {at} from '../../base/columns';
import {formatCount, formatDuration, formatFull, formatValue} from '../../base/format';
import {cssColour} from '../../base/run_colours';
import type {HistogramSource} from '../../charts/ridge_model';
import type {BoardRun} from '../../state/board';
import type {Selection} from '../../state/chart_view';
import {useBoard} from '../../widgets/context';
import {useScrollTop, useSize} from '../../widgets/hooks';
import {words} from '../../words/words';
import {useHistogramData} from './histogram_data';
import {sourcesOf, type HistogramSpec} from './histogram_drawing';

interface HistogramTableProps {
  readonly spec: HistogramSpec;
  readonly isOlderShown: boolean;
  readonly selection: Selection;
  /** How many steps each series of the card has. */
  readonly totals: readonly number[];
}

const rowHeight = 22;
const mostAtOnce = 19_990; // Steps of one answer; the neighbours of a window come on top.
const percentiles = ['6.68 %', '15.87 %', '30.85 %', '', '69.15 %', '84.13 %', '93.32 %'];

export function HistogramTable({spec, isOlderShown, selection, totals}: HistogramTableProps) {
  const t = words.value;
  const [panel, size] = useSize<HTMLDivElement>();
  const scrollTop = useScrollTop(panel.current, rowHeight * 4);
  const groups = useMemo(() => groupsOf(spec.runs, totals), [spec.runs, totals]);
  const [known, setKnown] = useState<ReadonlyMap<number, number>>(new Map());
  const first = Math.floor(scrollTop / rowHeight) - 8;
  const last = Math.ceil((scrollTop + (size?.height ?? 400)) / rowHeight) + 12;
  let before = 0;
  return (
    <div class="fl-step-table fl-long-table" data-testid="step-table" ref={panel} tabIndex={0}>
      <table aria-label={t.tableOf(spec.tag.tag)}>
        <thead>
          <tr>
            <th scope="col">{t.run}</th>
            <th scope="col">{t.stepColumn}</th>
            <th scope="col">{t.relative}</th>
            <th scope="col">{t.countColumn}</th>
            <th scope="col">{t.least}</th>
            {percentiles.map((name) => (
              <th key={name} scope="col">
                {name === '' ? t.median : name}
              </th>
            ))}
            <th scope="col">{t.greatest}</th>
          </tr>
        </thead>
        {groups.map((group) => {
          const id = group.runs[0]?.id ?? -1;
          const count =
            known.get(id) ?? (selection.hi === undefined ? group.runs.length : group.steps);
          const from = first - before;
          const to = last - before;
          before += count;
          return (
            <Group
              key={id}
              {...{spec, isOlderShown, selection, count, from, to}}
              runs={group.runs}
              tell={(rows) =>
                setKnown((all) => (all.get(id) === rows ? all : new Map(all).set(id, rows)))
              }
            />
          );
        })}
      </table>
    </div>
  );
}

/** Runs whose steps come in one answer. */
interface RunGroup {
  readonly runs: readonly BoardRun[];
  readonly steps: number;
}

function groupsOf(runs: readonly BoardRun[], totals: readonly number[]): readonly RunGroup[] {
  const groups: RunGroup[] = [];
  runs.forEach((run, i) => {
    const steps = Math.min(mostAtOnce, totals[i] ?? 0);
    const last = groups.at(-1);
    if (last === undefined || last.steps + steps > mostAtOnce) groups.push({runs: [run], steps});
    else groups[groups.length - 1] = {runs: [...last.runs, run], steps: last.steps + steps};
  });
  return groups;
}

interface GroupProps extends Omit<HistogramTableProps, 'totals'> {
  readonly runs: readonly BoardRun[];
  readonly count: number; // Of rows, maybe not known yet.
  readonly from: number; // Rows in view.
  readonly to: number;
  readonly tell: (rows: number) => void;
}

/** The rows of some runs, those in view only; they are read when they come into view. */
function Group({spec, isOlderShown, selection, runs, count, from, to, tell}: GroupProps) {
  const board = useBoard();
  const t = words.value;
  const {lo, hi} = selection;
  const isNear = useRef(false);
  isNear.current ||= from < count && to >= 0;
  const window = useMemo<HistogramWindow>(
    () => ({
      axis: 'step',
      from: Number.isFinite(lo) ? lo : undefined,
      to: hi === undefined ? lo : Number.isFinite(hi) ? hi : undefined,
      mostSteps: mostAtOnce,
      bins: 0,
      range: undefined,
      percentiles: true,
      buckets: false,
      isOlderShown,
    }),
    [lo, hi, isOlderShown],
  );
  const ids = useMemo(
    () => (isNear.current ? runs.map((run) => ({run: run.id, tag: spec.tag.tag})) : []),
    [runs, spec.tag.tag, isNear.current],
  );
  const {shown, kind, failure, retry} = useHistogramData(board, ids, window);
  const rows = useMemo(
    () =>
      shown === undefined
        ? []
        : sourcesOf(spec, shown).flatMap((source) =>
            rowsOf(source.series, selection).map((row) => ({source, row})),
          ),
    [spec, shown, lo, hi],
  );
  useEffect(() => {
    if (shown !== undefined) tell(rows.length);
  }, [shown, rows]);
  const first = Math.max(0, Math.min(from, rows.length));
  const last = Math.max(first, Math.min(to, rows.length));
  const leftOut = (shown?.answer.series ?? []).reduce(
    (n, series) => n + Math.max(0, series.inWindow - series.steps.length),
    0,
  );
  const gap = (height: number) =>
    height > 0 && <tr class="fl-gap" style={{height: `${height}px`}} />;
  return (
    <tbody data-state={kind} data-rows={rows.length}>
      {gap(first * rowHeight)}
      {rows.slice(first, last).map(({source, row}) => (
        <Row key={`${source.key}/${row}`} source={source} row={row} />
      ))}
      {gap(((shown === undefined ? count : rows.length) - last) * rowHeight)}
      {leftOut > 0 && (
        <tr>
          <td class="fl-quiet" colSpan={13}>
            {t.stepsLeftOut(leftOut)}
          </td>
        </tr>
      )}
      {failure !== undefined && (
        <tr>
          <td class="fl-quiet" role="alert" colSpan={13}>
            {failure}{' '}
            <button type="button" class="fl-link" onClick={retry}>
              {t.retry}
            </button>
          </td>
        </tr>
      )}
    </tbody>
  );
}

/** The rows of a series that a choice of steps names: the nearest to the one step, or those inside the range. */
function rowsOf(series: HistogramSeries, {lo, hi}: Selection): readonly number[] {
  const rows = Array.from(series.steps, (_, row) => row);
  if (hi !== undefined)
    return rows.filter((row) => at(series.steps, row) >= lo && at(series.steps, row) <= hi);
  const distance = (row: number): number => Math.abs(at(series.steps, row) - lo);
  const nearest = rows.reduce<number | undefined>(
    (best, row) => (best === undefined || distance(row) < distance(best) ? row : best),
    undefined,
  );
  return nearest === undefined ? [] : [nearest];
}

function Row({source, row}: {readonly source: HistogramSource; readonly row: number}) {
  const {series, startS} = source;
  const relativeS = startS > 0 ? at(series.wallTimesS, row) - startS : Number.NaN;
  const cells = Array.from({length: 9}, (_, place) => at(series.percentiles, row * 9 + place));
  return (
    <tr>
      <th scope="row" title={source.name}>
        <span>
          <i
            class={`fl-dot ${source.colour.dash > 0 ? 'fl-dashed' : ''}`}
            style={{'--run': cssColour(source.colour)}}
          />
          <bdi>{source.name}</bdi>
        </span>
      </th>
      <td>{formatCount(at(series.steps, row))}</td>
      <td>{Number.isNaN(relativeS) ? '—' : formatDuration(relativeS)}</td>
      <td>{formatCount(at(series.totals, row))}</td>
      {cells.map((value, place) => (
        <td key={place} title={formatFull(value)}>
          {Number.isNaN(value) ? '—' : formatValue(value)}
        </td>
      ))}
    </tr>
  );
}
