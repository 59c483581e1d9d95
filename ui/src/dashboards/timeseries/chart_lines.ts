// From what a person chose and what the server answered to the lines of one chart.

import type {Tag, Window} from '../../api/types';
import {dashes, type RunColour} from '../../base/run_colours';
import {
  groupSeries,
  lineSeries,
  mostFaintLines,
  splitWhereXFalls,
  type LineSeries,
} from '../../charts/line_model';
import type {BoardRun, LineGroup} from '../../state/board';
import type {ChartView} from '../../state/chart_view';
import {smoothingOf} from '../../state/smoothing';
import type {Subject, SubjectData} from './line_data';

/** What a card shows: one tag, or several in one chart. */
export interface ChartSpec {
  readonly key: string; // Names the chart in views.
  readonly title: string;
  readonly tags: readonly Tag[];
  readonly isCustom: boolean;
}

/** Widths are asked for in coarse pieces, so that a pane being dragged does not ask for every pixel. */
const widthGrain = 40;
// A column of pixels gives two points at most. Many lines in one chart hide each other long before they are that fine.
const pointsPerPixel = 8;
const leastWidth = 32;

export function requestWidth(width: number, lines: number): number {
  const fine = Math.max(widthGrain, Math.ceil(width / widthGrain) * widthGrain);
  const share = (fine * pointsPerPixel) / Math.max(1, lines);
  if (share >= fine) return fine;
  // Powers of two, so that one run more or less does not ask for all of them again.
  return Math.max(leastWidth, 2 ** Math.floor(Math.log2(share)));
}

/** The runs of `drawn` that have some tag of the chart. */
export function runsOf(spec: ChartSpec, drawn: readonly BoardRun[]): readonly BoardRun[] {
  const has = new Set(spec.tags.flatMap((tag) => tag.runs));
  return drawn.filter((run) => has.has(run.id));
}

/** What of the server's series a chart shows: for each tag its runs, or each group of them. */
export function subjectsOf(
  spec: ChartSpec,
  runs: readonly BoardRun[],
  groups?: readonly LineGroup[],
): readonly Subject[] {
  return spec.tags.flatMap(({tag, runs: ids}): readonly Subject[] => {
    const has = new Set(ids);
    const own = (list: readonly BoardRun[]): number[] =>
      list.filter((run) => has.has(run.id)).map((run) => run.id);
    if (groups === undefined) return [{tag, runs: own(runs), group: undefined}];
    return groups
      .map((group) => ({tag, runs: own(group.runs), group: group.name}))
      .filter((subject) => subject.runs.length > 0);
  });
}

/** Whether runs are drawn as their mean: a group has no place on a metric's axis. */
export function isMean(view: ChartView): boolean {
  return view.lines === 'mean' && view.axis !== 'metric';
}

/** How far the runs reach on the view's axis; for a smoothing that counts in it. */
export function spanOf(view: ChartView, runs: readonly BoardRun[]): number {
  let span = 0;
  for (const run of runs) {
    const length =
      view.axis === 'step' || view.axis === 'metric'
        ? (run.lastStep ?? 0)
        : (run.lastWallTimeS ?? 0) - (run.startS ?? run.lastWallTimeS ?? 0);
    span = Math.max(span, length);
  }
  return span;
}

/** What is asked of the server for a chart of this width. */
export function windowOf(
  view: ChartView,
  x: {readonly lo: number; readonly hi: number} | undefined,
  width: number,
  lines: number,
  span: number,
): Window {
  return {
    axis: view.axis,
    xTag: view.xTag,
    from: x?.lo,
    to: x?.hi,
    width: requestWidth(width, isMean(view) ? 1 : lines),
    scale: view.axis === 'wall' ? 'linear' : view.xScale,
    detail: 'drawing',
    smoothing: smoothingOf(view.smoothingKind, view.smoothing, span),
    isOlderShown: view.isOlderShown,
    band: view.band,
  };
}

/** How lines are named and coloured. */
export interface LineNames {
  readonly mean: (runs: number) => string;
  readonly groups: readonly LineGroup[];
}

/** The lines, in the order of tags, then of runs or groups. */
export function linesOf(
  spec: ChartSpec,
  runs: readonly BoardRun[],
  subjects: readonly Subject[],
  data: readonly SubjectData[],
  view: ChartView,
  names: LineNames,
): LineSeries[] {
  const places = new Map(spec.tags.map((tag, i) => [tag.tag, i % dashes.length]));
  return subjects.flatMap((subject, i) => {
    const known = data[i];
    if (known === undefined) return [];
    const suffix = spec.isCustom ? ` · ${subject.tag}` : '';
    // Colour means run: several tags of one run differ by their dash.
    // In a crowd nobody can follow a dash: a hundred of them are a cloud of dots.
    const isCrowd = runs.length > mostFaintLines;
    const coloured = (colour: RunColour): RunColour =>
      spec.isCustom
        ? {...colour, dash: places.get(subject.tag) ?? 0}
        : isCrowd
          ? {...colour, dash: 0}
          : colour;
    if (subject.group !== undefined) {
      const group = names.groups.find((g) => g.name === subject.group);
      if (known.group === undefined || known.group.x.length === 0 || group === undefined) return [];
      const name = `${group.name === '' ? '' : `${group.name}: `}${names.mean(known.group.runs)}`;
      return [
        groupSeries(
          `${group.name}/${subject.tag}`,
          name + suffix,
          known.group,
          coloured(group.colour),
        ),
      ];
    }
    return runs.flatMap((run) => {
      const answer = known.series.get(run.id);
      if (answer === undefined || answer.columns.steps.length === 0) return [];
      const line = lineSeries(
        {
          id: `${run.id}/${subject.tag}`,
          key: run.id,
          name: run.label + suffix,
          colour: coloured(run.colour),
          columns: answer.columns,
          startS: run.startS ?? 0,
        },
        view.axis,
      );
      return view.isSplit || view.isOlderShown ? splitWhereXFalls(line, view.isOlderShown) : [line];
    });
  });
}
