// What the runs of a chart have at the chosen step, or over a stretch of steps, as a table. Exact: it asks for these points
// themselves, whatever the chart draws.

import {useMemo, useState} from 'preact/hooks';
import type {Window} from '../../api/types';
import {
  formatCount,
  formatDuration,
  formatFull,
  formatValue,
  formatWallTime,
} from '../../base/format';
import {cssColour, type RunColour} from '../../base/run_colours';
import {sortedBy, stepStats, type StepStats} from '../../base/step_stats';
import type {BoardRun} from '../../state/board';
import {otherColumns} from '../../state/chart_prefs';
import type {ChartView, Selection} from '../../state/chart_view';
import {useBoard} from '../../widgets/context';
import {MenuItem} from '../../widgets/controls';
import {ColumnsIcon} from '../../widgets/icons';
import {PopoverButton} from '../../widgets/popover';
import type {Words} from '../../words/en';
import {words} from '../../words/words';
import {spanOf, subjectsOf, type ChartSpec} from './chart_lines';
import {smoothingOf} from '../../state/smoothing';
import {useLineData} from './line_data';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly tag: string; // Where the chart has several.
  readonly colour: RunColour;
  readonly stats: StepStats;
}

interface Column {
  readonly id: string;
  readonly name: (t: Words) => string;
  readonly of: (row: Row) => number;
  readonly text: (v: number) => string;
  readonly isUsual: boolean;
}

const value = (v: number): string => formatValue(v);
const step = (v: number): string => (Number.isNaN(v) ? '—' : formatCount(v));
const percent = (v: number): string =>
  Number.isFinite(v) ? `${formatValue(v, 3)} %` : Number.isNaN(v) ? '—' : formatValue(v);

const atStep: readonly Column[] = [
  {
    id: 'smoothed',
    name: (t) => t.smoothed,
    of: (r) => r.stats.smoothed,
    text: value,
    isUsual: true,
  },
  {id: 'value', name: (t) => t.value, of: (r) => r.stats.end, text: value, isUsual: true},
  {id: 'step', name: (t) => t.stepColumn, of: (r) => r.stats.endStep, text: step, isUsual: true},
  {
    id: 'relative',
    name: (t) => t.relative,
    of: (r) => r.stats.relativeS,
    text: formatDuration,
    isUsual: true,
  },
  {
    id: 'time',
    name: (t) => t.time,
    of: (r) => r.stats.wallTimeS,
    text: formatWallTime,
    isUsual: false,
  },
];

const overSteps: readonly Column[] = [
  {id: 'min', name: (t) => t.least, of: (r) => r.stats.min, text: value, isUsual: true},
  {id: 'max', name: (t) => t.greatest, of: (r) => r.stats.max, text: value, isUsual: true},
  {id: 'start', name: (t) => t.startValue, of: (r) => r.stats.start, text: value, isUsual: true},
  {id: 'end', name: (t) => t.endValue, of: (r) => r.stats.end, text: value, isUsual: true},
  {id: 'change', name: (t) => t.change, of: (r) => r.stats.change, text: value, isUsual: true},
  {id: 'percent', name: () => '%', of: (r) => r.stats.percent, text: percent, isUsual: true},
  {
    id: 'startStep',
    name: (t) => t.startStep,
    of: (r) => r.stats.startStep,
    text: step,
    isUsual: true,
  },
  {id: 'endStep', name: (t) => t.endStep, of: (r) => r.stats.endStep, text: step, isUsual: true},
  {id: 'minStep', name: (t) => t.minStep, of: (r) => r.stats.minStep, text: step, isUsual: false},
  {id: 'maxStep', name: (t) => t.maxStep, of: (r) => r.stats.maxStep, text: step, isUsual: false},
];

interface StepTableProps {
  readonly spec: ChartSpec;
  readonly runs: readonly BoardRun[];
  readonly view: ChartView;
  readonly selection: Selection;
}

export function StepTable({spec, runs, view, selection}: StepTableProps) {
  const board = useBoard();
  const t = words.value;
  const [sort, setSort] = useState<{readonly id: string; readonly isDescending: boolean}>({
    id: '',
    isDescending: false,
  });
  const {lo, hi} = selection;
  const window = useMemo<Window>(
    () => ({
      axis: 'step',
      xTag: '',
      from: lo,
      to: hi ?? lo,
      width: 1,
      scale: 'linear',
      detail: 'exact',
      smoothing: smoothingOf(view.smoothingKind, view.smoothing, spanOf(view, runs)),
      isOlderShown: false,
      band: 'std',
    }),
    [lo, hi, view.smoothingKind, view.smoothing, runs],
  );
  const subjects = useMemo(() => subjectsOf(spec, runs), [spec, runs]);
  const data = useLineData(board, subjects, window);
  const rows = useMemo<Row[]>(
    () =>
      spec.tags.flatMap((tag, i) =>
        runs.flatMap((run) => {
          const answer = data.subjects[i]?.series.get(run.id);
          const stats =
            answer === undefined
              ? undefined
              : stepStats(answer.columns, lo, hi, run.startS ?? Number.NaN);
          const suffix = spec.isCustom ? ` · ${tag.tag}` : '';
          return stats === undefined
            ? []
            : [
                {
                  id: `${run.id}/${tag.tag}`,
                  name: run.name,
                  tag: suffix,
                  colour: run.colour,
                  stats,
                },
              ];
        }),
      ),
    [data.subjects, spec, runs, lo, hi],
  );
  const all = hi === undefined ? atStep : overSteps;
  const others = otherColumns.value;
  const columns = all.filter(
    (column) =>
      column.isUsual !== others.includes(column.id) &&
      (column.id !== 'smoothed' || view.smoothing > 0),
  );
  const sorted = useMemo(() => {
    const column = all.find((c) => c.id === sort.id);
    if (column !== undefined) return sortedBy(rows, column.of, sort.isDescending);
    return sort.id === 'run' ? sortedBy(rows, (r) => r.name, sort.isDescending) : rows;
  }, [rows, sort, all]);
  const head = (id: string, text: string) => (
    <th
      key={id}
      scope="col"
      aria-sort={sort.id !== id ? 'none' : sort.isDescending ? 'descending' : 'ascending'}
    >
      <button
        type="button"
        onClick={() =>
          setSort({id, isDescending: sort.id === id ? !sort.isDescending : id !== 'run'})
        }
      >
        {text}
        {sort.id === id && (sort.isDescending ? ' ↓' : ' ↑')}
      </button>
    </th>
  );
  return (
    <div class="fl-step-table" data-testid="step-table" data-state={data.kind} tabIndex={0}>
      <table aria-label={t.tableOf(spec.title)}>
        <thead>
          <tr>
            {head('run', t.run)}
            {columns.map((column) => head(column.id, column.name(t)))}
            <th class="fl-columns-button">
              <PopoverButton
                label={t.columns}
                class="fl-icon-button"
                role="menu"
                face={<ColumnsIcon />}
                testId="table-columns"
              >
                {() => (
                  <div class="fl-menu">
                    {all.map((column) => (
                      <MenuItem
                        key={column.id}
                        isChecked={column.isUsual !== others.includes(column.id)}
                        run={() =>
                          (otherColumns.value = others.includes(column.id)
                            ? others.filter((id) => id !== column.id)
                            : [...others, column.id])
                        }
                      >
                        {column.name(t)}
                      </MenuItem>
                    ))}
                  </div>
                )}
              </PopoverButton>
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={row.id}>
              <th scope="row" title={`${row.name}${row.tag}`}>
                <span>
                  <i
                    class={`fl-dot ${row.colour.dash > 0 ? 'fl-dashed' : ''}`}
                    style={{'--run': cssColour(row.colour)}}
                  />
                  <bdi>{row.name}</bdi>
                  {row.tag !== '' && <bdi>{row.tag}</bdi>}
                </span>
              </th>
              {columns.map((column) => (
                <td key={column.id} title={formatFull(column.of(row))}>
                  {column.text(column.of(row))}
                </td>
              ))}
              <td />
            </tr>
          ))}
        </tbody>
      </table>
      {data.failure !== undefined && (
        <p class="fl-quiet" role="alert">
          {data.failure}{' '}
          <button type="button" class="fl-link" onClick={data.retry}>
            {t.retry}
          </button>
        </p>
      )}
    </div>
  );
}
