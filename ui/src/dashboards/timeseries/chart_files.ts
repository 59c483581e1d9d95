// Charts as files: every point as CSV or JSON, pictures as PNG or SVG.

import type {SeriesId, Window} from '../../api/types';
import {at} from '../../base/columns';
import {toCsv, toJson, type PointRow} from '../../base/table_text';
import type {LineModel} from '../../charts/line_model';
import {makeModel} from '../../charts/line_model';
import {linePicture, type Picture} from '../../charts/picture';
import {ignoreOutliers} from '../../state/chart_prefs';
import {zoomOf} from '../../state/chart_view';
import type {Board} from '../../state/board';
import {saveFile} from '../../widgets/save_file';
import {pictureWidth, savePicture, type PictureFormat} from './save_picture';
import {words} from '../../words/words';
import {isMean, linesOf, runsOf, spanOf, subjectsOf, windowOf, type ChartSpec} from './chart_lines';

export type DataFormat = 'csv' | 'json';

const mostPictures = 60;

/** Saves every point of the charts that lies in view, of the runs shown, to the last digit. */
export async function saveData(
  board: Board,
  specs: readonly ChartSpec[],
  name: string,
  format: DataFormat,
): Promise<void> {
  const rows: PointRow[] = [];
  const view = board.view.peek();
  for (const spec of specs) {
    const runs = runsOf(spec, board.drawnRuns.peek());
    const names = new Map(runs.map((run) => [run.id, run.name]));
    const ids: SeriesId[] = subjectsOf(spec, runs).flatMap(({tag, runs: own}) =>
      own.map((run) => ({run, tag})),
    );
    if (ids.length === 0) continue;
    const window: Window = {
      ...windowOf(view, zoomOf(view, spec.key)?.x, 1, ids.length, spanOf(view, runs)),
      width: 0,
      detail: 'exact',
    };
    const answer = await board.api.columns(ids, [], window);
    answer.series.forEach(({columns}, i) => {
      const id = ids[i];
      if (id === undefined) return;
      for (let k = 0; k < columns.steps.length; k++)
        rows.push({
          tag: id.tag,
          run: names.get(id.run) ?? '',
          step: at(columns.steps, k),
          wallTimeS: at(columns.wallTimesS, k),
          value: at(columns.values, k),
          smoothed: columns.smoothed === undefined ? undefined : at(columns.smoothed, k),
        });
    });
  }
  const text = format === 'csv' ? toCsv(rows) : toJson(rows);
  const type = format === 'csv' ? 'text/csv' : 'application/json';
  saveFile(`${name}.${format}`, new Blob([text], {type}));
}

/** Saves charts as one picture; those that the page does not hold now are asked for. */
export async function savePictures(
  board: Board,
  specs: readonly ChartSpec[],
  name: string,
  format: PictureFormat,
): Promise<void> {
  const view = board.view.peek();
  const pictures: Picture[] = [];
  for (const spec of specs.slice(0, mostPictures)) {
    const runs = runsOf(spec, board.drawnRuns.peek());
    const groups = board.lineGroups.peek();
    const subjects = subjectsOf(spec, runs, isMean(view) ? groups : undefined);
    const zoom = zoomOf(view, spec.key);
    const window = windowOf(view, zoom?.x, pictureWidth, runs.length, spanOf(view, runs));
    const ids = isMean(view)
      ? []
      : subjects.flatMap(({tag, runs: own}) => own.map((run) => ({run, tag})));
    const answer = await board.api.columns(ids, isMean(view) ? subjects : [], window);
    let next = 0;
    const data = subjects.map(({runs: own, group}, i) => ({
      series: new Map(
        group !== undefined
          ? []
          : own.flatMap((run) => {
              const series = answer.series[next++];
              return series === undefined ? [] : [[run, series] as const];
            }),
      ),
      group: answer.groups[i],
    }));
    const lines = linesOf(spec, runs, subjects, data, view, {mean: words.peek().mean, groups});
    const model = makeModel(lines, {
      axis: view.axis,
      isXLog: view.xScale === 'log',
      isLog: (view.yScale === 'log') !== view.otherScale.has(spec.key),
      window: zoom,
      ignoreOutliers: ignoreOutliers.peek(),
    });
    pictures.push(linePicture(spec.title, model));
  }
  savePicture(pictures, name, format);
}

/** Saves one chart as it stands. */
export function saveModel(model: LineModel, title: string, format: PictureFormat): void {
  savePicture([linePicture(title, model)], title, format);
}
