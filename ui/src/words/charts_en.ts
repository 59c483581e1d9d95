// The words of line charts and their tool bar, in English.

import {formatCount} from '../base/format';
import type {TooltipOrder} from '../state/chart_prefs';
import type {BandKind} from '../state/chart_view';
import type {SmoothingKind} from '../state/smoothing';

const smoothingNames: Readonly<Record<SmoothingKind, readonly [string, string]>> = {
  ema: ['Moving average (EMA)', 'EMA'],
  tensorboard: ['As TensorBoard', 'as TensorBoard'],
  time: ['EMA by distance', 'EMA by distance'],
  mean: ['Mean of neighbours', 'mean'],
  gaussian: ['Gaussian', 'Gaussian'],
  median: ['Median', 'median'],
};

const bandNames: Readonly<Record<BandKind, string>> = {
  std: '± std',
  range: 'min–max',
  quantiles: 'quartiles',
};

const orderNames: Readonly<Record<TooltipOrder, string>> = {
  default: 'As the run table',
  descending: 'Greatest first',
  ascending: 'Least first',
  nearest: 'Nearest first',
};

export const chartsEn = {
  axis: 'Horizontal axis',
  axisStep: 'Step',
  axisRelative: 'Relative',
  axisWall: 'Wall',
  axisMetric: 'Metric…',
  xMetric: (tag: string) => `x: ${tag}`,
  chooseXMetric: 'Metric on the horizontal axis',
  xScale: 'Horizontal scale',
  yScale: 'Vertical scale',
  linear: 'Linear',
  log: 'Log',
  step: 'step',

  smoothing: 'Smoothing',
  smoothingValue: 'Smoothing, as a number',
  smoothingKind: 'Kind of smoothing',
  smoothingName: (kind: SmoothingKind) => smoothingNames[kind][0],
  smoothingShort: (kind: SmoothingKind) => smoothingNames[kind][1],
  smoothingNote:
    'All points are smoothed before any are left out. “As TensorBoard” smooths only the 1,000 points that TensorBoard would show.',

  lines: 'Lines',
  linesRuns: 'Runs',
  meanWith: (band: BandKind) => (band === 'std' ? 'Mean ± std' : `Mean, ${bandNames[band]}`),
  bandOfMean: 'Band around the mean',
  bandName: (band: BandKind) => bandNames[band],
  mean: (runs: number) => `mean of ${formatCount(runs)}`,

  chartOptions: 'Chart options',
  cardKinds: 'Cards',
  images: 'Images',
  imageLabel: (tag: string, run: string, step: number, sample: number, samples: number) =>
    `${tag} in ${run}, step ${formatCount(step)}, image ${sample} of ${samples}`,
  noImageAtStep: (step: number) => `No image at step ${formatCount(step)}`,
  actualSize: 'Actual size',
  actualSizeAll: 'Images at their actual size',
  brightness: 'Brightness',
  contrast: 'Contrast',
  verticalRange: 'Vertical range',
  fitAll: 'All values',
  fitMost: 'Without outliers',
  linkZoom: 'Zoom all charts together',
  selectSteps: 'Choose steps, with a table below each chart',
  splitFalls: 'A new line wherever x falls back',
  showOlder: 'Show points that a restart replaced',
  hideEmpty: 'Hide charts that no shown run has',
  savePins: 'Keep pins for the next visit',
  readoutOrder: 'Order of the readout',
  readoutOrderName: (order: TooltipOrder) => orderNames[order],
  readoutRows: 'Most rows in the readout',
  cardWidth: 'Width of the charts',
  reset: 'Reset',

  tagsThatMatch: 'Tags that match',
  moreTags: (n: number) => `and ${formatCount(n)} more ${n === 1 ? 'tag' : 'tags'}`,
  newChart: 'New chart',
  chartName: 'Name of the chart',
  tagsChosen: (n: number) => `${formatCount(n)} ${n === 1 ? 'tag' : 'tags'} chosen`,
  addMatching: 'Add all that match',
  addChart: 'Add chart',
  saveChart: 'Save',
  editChart: 'Change tags',
  removeChart: 'Remove chart',
  ownCharts: 'Your charts',

  pinned: 'Pinned',
  scalars: 'Scalars',
  matching: 'Tags that match',
  pin: 'Pin',
  unpin: 'Unpin',
  unpinAll: 'Unpin all',
  fullWidth: 'Full width',
  normalWidth: 'Normal width',
  moveEarlier: 'Move earlier',
  moveLater: 'Move later',
  chartMenu: 'More',
  resetZoom: 'Reset zoom',
  zoomed: (from: string, to: string) => `${from} – ${to}`,
  useLog: 'Log scale for this chart',
  useLinear: 'Linear scale for this chart',
  xRange: 'Horizontal range',
  yRange: 'Vertical range',
  rangeNumbers: 'Two numbers are needed.',
  rangeOrder: 'The first must be less than the second.',
  rangePositive: 'On a log axis both must be above zero.',
  fitAgain: 'Fit to the data',
  apply: 'Apply',

  download: 'Download',
  downloadAll: (format: string) => `All charts as ${format}`,
  chartsAndRuns: (n: number) => `${formatCount(n)} ${n === 1 ? 'chart' : 'charts'}, the runs shown`,
  downloadCsv: 'Every point as CSV',
  downloadJson: 'Every point as JSON',
  downloadPng: 'PNG picture',
  downloadSvg: 'SVG picture',

  viewTable: 'View as table',
  viewChart: 'View as chart',
  tableOf: (title: string) => `Values of ${title}`,
  columns: 'Columns',
  value: 'Value',
  smoothed: 'Smoothed',
  stepColumn: 'Step',
  time: 'Time',
  relative: 'Relative',
  last: 'Last',
  least: 'Min',
  greatest: 'Max',
  startValue: 'Start',
  endValue: 'End',
  change: 'Change',
  startStep: 'Start step',
  endStep: 'End step',
  minStep: 'Step at min',
  maxStep: 'Step at max',
  selectedStep: 'Chosen step',
  removeStep: (step: string) => `Remove step ${step}`,
  fobHelp: 'Drag, or arrow keys; Enter types a step, Delete removes it',
  tallTables: 'All rows of the tables',

  chartLabel: (tag: string, runs: number) =>
    `Line chart of ${tag}, ${formatCount(runs)} ${runs === 1 ? 'run' : 'runs'}. Arrow keys move along it.`,

  keyZoom: 'zoom the chart in focus about its cursor',
  keyZoomValues: 'zoom the values of histograms',
  keySelect: 'choose the step under the cursor; with Shift a range',
  keyMoveCard: 'move the card in focus; → the other way',
  keyAxis: 'choose steps; a press chooses one',
  keyAxisName: 'Drag on the step axis',
};

export type ChartWords = typeof chartsEn;
