// Histograms as files: every logged bucket as CSV or JSON, pictures as PNG or SVG.

import type {HistogramWindow} from '../../api/types';
import {at} from '../../base/columns';
import {bucketsToCsv, bucketsToJson, type BucketRow} from '../../base/table_text';
import {linePicture, type Picture} from '../../charts/picture';
import {paintRidgeAxes, paintRidges, ridgeBox} from '../../charts/ridge_paint';
import {ignoreOutliers} from '../../state/chart_prefs';
import {zoomOf} from '../../state/chart_view';
import type {Board} from '../../state/board';
import {saveFile} from '../../widgets/save_file';
import type {DataFormat} from '../timeseries/chart_files';
import {pictureWidth, savePicture, type PictureFormat} from '../timeseries/save_picture';
import {
  drawingOf,
  histogramWindowOf,
  type HistogramDrawing,
  type HistogramSpec,
} from './histogram_drawing';

const mostPictures = 60;

/** Saves the buckets of every step in view, as they were logged. */
export async function saveBuckets(
  board: Board,
  specs: readonly HistogramSpec[],
  name: string,
  format: DataFormat,
): Promise<void> {
  const rows: BucketRow[] = [];
  const view = board.view.peek();
  for (const spec of specs) {
    const x = zoomOf(view, spec.key)?.x;
    const window: HistogramWindow = {
      axis: view.axis,
      from: x?.lo,
      to: x?.hi,
      mostSteps: 0,
      bins: 0,
      range: undefined,
      percentiles: false,
      buckets: true,
      isOlderShown: view.isOlderShown,
    };
    const ids = spec.runs.map((run) => ({run: run.id, tag: spec.tag.tag}));
    const {series} = await board.api.histograms(ids, window);
    series.forEach(({steps, wallTimesS, buckets}, i) => {
      const run = spec.runs[i]?.name ?? '';
      if (buckets === undefined) return;
      for (let row = 0; row < steps.length; row++) {
        for (let b = at(buckets.starts, row); b < at(buckets.starts, row + 1); b++)
          rows.push({
            tag: spec.tag.tag,
            run,
            step: at(steps, row),
            wallTimeS: at(wallTimesS, row),
            left: at(buckets.left, b),
            right: at(buckets.right, b),
            count: at(buckets.counts, b),
          });
      }
    });
  }
  const text = format === 'csv' ? bucketsToCsv(rows) : bucketsToJson(rows);
  const type = format === 'csv' ? 'text/csv' : 'application/json';
  saveFile(`${name}.${format}`, new Blob([text], {type}));
}

/** Saves cards as one picture; they are asked for anew, as the page may not hold them. */
export async function saveHistogramPictures(
  board: Board,
  specs: readonly HistogramSpec[],
  name: string,
  format: PictureFormat,
): Promise<void> {
  const view = board.view.peek();
  const pictures: Picture[] = [];
  for (const spec of specs.slice(0, mostPictures)) {
    const zoom = zoomOf(view, spec.key);
    const window = histogramWindowOf(view, zoom, pictureWidth, spec.runs.length);
    const ids = spec.runs.map((run) => ({run: run.id, tag: spec.tag.tag}));
    const answer = await board.api.histograms(ids, window);
    const drawing = drawingOf(
      spec,
      {answer, ids, window},
      {view, zoom, chosen: new Set(), ignoreOutliers: ignoreOutliers.peek()},
    );
    if (drawing !== undefined) pictures.push(pictureOf(spec.tag.tag, drawing));
  }
  savePicture(pictures, name, format);
}

/** What a card draws, as a picture. */
export function pictureOf(title: string, drawing: HistogramDrawing): Picture {
  if (drawing.kind === 'steps') return linePicture(title, drawing.model, drawing.underlay);
  const {model} = drawing;
  return {
    title,
    names: model.sources,
    paint(ink, width, height, palette) {
      const box = ridgeBox(width, height, model);
      paintRidgeAxes(ink, model, box, palette);
      paintRidges(ink, model, box, palette, {runs: new Set(), ridges: undefined});
    },
  };
}
