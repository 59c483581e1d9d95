// What a card's histograms amount to at the chosen step, over a stretch of steps, or at all of them, as a table: exact, because
// it asks for these steps themselves, whatever the drawing leaves out.

import {useMemo} from 'preact/hooks';
import type {HistogramSeries, HistogramWindow} from '../../api/types';
import {at} from '../../base/columns';
import {formatCount, formatDuration, formatFull, formatValue} from '../../base/format';
import {cssColour} from '../../base/run_colours';
import type {HistogramSource} from '../../charts/ridge_model';
import type {Selection} from '../../state/chart_view';
import {useBoard} from '../../widgets/context';
import {words} from '../../words/words';
import {useHistogramData} from './histogram_data';
import {sourcesOf, type HistogramSpec} from './histogram_drawing';

interface HistogramTableProps {
  readonly spec: HistogramSpec;
  readonly isOlderShown: boolean;
  readonly selection: Selection;
}

const mostRows = 200; // Of each run; a choice of steps or a file has the others.
const percentiles = ['6.68 %', '15.87 %', '30.85 %', '', '69.15 %', '84.13 %', '93.32 %'];

export function HistogramTable({spec, isOlderShown, selection}: HistogramTableProps) {
  const board = useBoard();
  const t = words.value;
  const {lo, hi} = selection;
  const window = useMemo<HistogramWindow>(
    () => ({
      axis: 'step',
      from: Number.isFinite(lo) ? lo : undefined,
      to: hi === undefined ? lo : Number.isFinite(hi) ? hi : undefined,
      mostSteps: mostRows,
      bins: 0,
      percentiles: true,
      buckets: false,
      isOlderShown,
    }),
    [lo, hi, isOlderShown],
  );
  const ids = useMemo(
    () => spec.runs.map((run) => ({run: run.id, tag: spec.tag.tag})),
    [spec.runs, spec.tag.tag],
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
  return (
    <div class="fl-step-table" data-testid="step-table" data-state={kind} tabIndex={0}>
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
        <tbody>
          {rows.map(({source, row}) => (
            <Row key={`${source.key}/${row}`} source={source} row={row} />
          ))}
        </tbody>
      </table>
      {failure !== undefined && (
        <p class="fl-quiet" role="alert">
          {failure}{' '}
          <button type="button" class="fl-link" onClick={retry}>
            {t.retry}
          </button>
        </p>
      )}
    </div>
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
