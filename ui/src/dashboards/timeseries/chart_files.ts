// Charts as files: every point as CSV or JSON, pictures as PNG or SVG.

import type {SeriesId, Window} from '../../api/types';
import {at} from '../../base/columns';
import {toCsv, toJson, type PointRow} from '../../base/table_text';
import {palette} from '../../charts/current_palette';
import type {LineModel} from '../../charts/line_model';
import {makeModel} from '../../charts/line_model';
import {paintPicture, pictureSize, type Picture} from '../../charts/picture';
import {SvgInk} from '../../charts/svg_ink';
import type {Palette} from '../../charts/palette';
import {ignoreOutliers} from '../../state/chart_prefs';
import {zoomOf} from '../../state/chart_view';
import type {Board} from '../../state/board';
import {saveFile} from '../../widgets/save_file';
import {words} from '../../words/words';
import {isMean, linesOf, runsOf, spanOf, subjectsOf, windowOf, type ChartSpec} from './chart_lines';

export type DataFormat = 'csv' | 'json';
export type PictureFormat = 'png' | 'svg';

const pictureWidth = 640; // Of one chart, in pixels.
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
    pictures.push({title: spec.title, model});
  }
  savePicture(pictures, name, format);
}

/** Saves one chart as it stands. */
export function saveModel(model: LineModel, title: string, format: PictureFormat): void {
  savePicture([{title, model}], title, format);
}

function savePicture(pictures: readonly Picture[], name: string, format: PictureFormat): void {
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d', {willReadFrequently: true});
  if (pen === null) return;
  const more = words.peek().more;
  const measure = (text: string, font: string): number => {
    pen.font = font;
    return pen.measureText(text).width;
  };
  const size = pictureSize(pictures, pictureWidth, measure);
  if (format === 'svg') {
    const ink = new SvgInk(size.width, size.height, measure);
    // Programs that open SVG files know no OKLCH.
    paintPicture(ink, pictures, pictureWidth, plainColours(palette.peek(), pen), measure, more);
    saveFile(`${name}.svg`, new Blob([ink.text()], {type: 'image/svg+xml'}));
    return;
  }
  const ratio = 2;
  canvas.width = size.width * ratio;
  canvas.height = size.height * ratio;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  paintPicture(pen, pictures, pictureWidth, palette.peek(), measure, more);
  canvas.toBlob((blob) => {
    if (blob !== null) saveFile(`${name}.png`, blob);
  }, 'image/png');
}

/** The palette in #rrggbb. */
function plainColours(colours: Palette, pen: CanvasRenderingContext2D): Palette {
  const plain = (colour: string): string => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0] = pen.getImageData(0, 0, 1, 1).data;
    return `#${[r, g, b].map((v) => v.toString(16).padStart(2, '0')).join('')}`;
  };
  return {
    text: plain(colours.text),
    text2: plain(colours.text2),
    text3: plain(colours.text3),
    grid: plain(colours.grid),
    lineStrong: plain(colours.lineStrong),
    surface: plain(colours.surface),
    accent: plain(colours.accent),
    run: (colour) => plain(colours.run(colour)),
    shade: (colour, t) => plain(colours.shade(colour, t)),
  };
}
