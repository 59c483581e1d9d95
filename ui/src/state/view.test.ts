import {expect, test} from 'vitest';
import {imageKey} from './chart_view';
import {everyRun, isShown, noRun, only, withShown} from './run_view';
import {initialView, urlOfView, viewFromUrl, type View} from './view';

function reread(view: View): View {
  const url = new URL(urlOfView(view), 'http://host/page/');
  return viewFromUrl(url.search, url.hash);
}

test('histograms and distributions are addresses of TensorBoard', () => {
  expect(viewFromUrl('', '#histograms').histogramMode).toBe('offset');
  const bands = viewFromUrl('', '#distributions&tagFilter=w');
  expect([bands.tab, bands.histogramMode, bands.tagFilter]).toEqual([
    'histograms',
    'percentiles',
    'w',
  ]);
  expect(urlOfView({...bands, tagFilter: ''})).toBe('#distributions');
  expect(urlOfView({...bands, tagFilter: '', tab: 'timeseries'})).toBe(
    '?mode=percentiles#timeseries',
  );
  const pin = {plugin: 'histograms', tag: 'w', runId: 'defaultExperimentId/a/b'};
  const pinned = viewFromUrl(`?pinnedCards=${encodeURIComponent(JSON.stringify([pin]))}`, '');
  expect(pinned.pinned).toEqual(['\u0002a/b\u0002w']);
  expect(new URLSearchParams(urlOfView(pinned).split('#')[0]).get('pinnedCards')).toBe(
    JSON.stringify([pin]),
  );
});

test('a view round-trips through its address', () => {
  const view: View = {
    tab: 'histograms',
    tagFilter: 'loss|a&b#c',
    runFilter: '^lr\\d+',
    shown: only(['run,1', 'a/b', '<script>']),
    sort: {column: {kind: 'metric', tag: 'loss/train', stat: 'min'}, isDescending: true},
    grouping: {kind: 'hparam', name: 'lr:0'},
    colouring: {kind: 'regex', pattern: '^(a|b)/'},
    columns: [
      {kind: 'fact', fact: 'status'},
      {kind: 'hparam', name: 'batch size'},
      {kind: 'metric', tag: 'a:b', stat: 'mean'},
    ],
    showsArchived: true,
    isWide: true,
    kinds: 'all',
    axis: 'metric',
    xTag: 'epoch',
    xScale: 'log',
    smoothing: 0.93,
    smoothingKind: 'median',
    lines: 'mean',
    band: 'quantiles',
    yScale: 'log',
    otherScale: new Set(['x']),
    histogramMode: 'overlay',
    histogramRuns: 'together',
    countScale: 'log',
    otherCounts: new Set(['\u0002run\u0002tag']),
    zooms: new Map([
      ['loss/train', {x: {lo: 1.5, hi: 200}, y: undefined}],
      ['acc', {x: undefined, y: {lo: -1e-9, hi: 1}}],
      ['1,2,y3,4,:odd tag', {x: {lo: -1e-7, hi: 3e9}, y: {lo: -0.5, hi: 2}}],
    ]),
    isLinked: true,
    linkedX: {lo: 10, hi: 20.5},
    isOlderShown: true,
    isSplit: true,
    selection: {lo: 100, hi: 200},
    custom: [{name: 'both "losses"', tags: ['loss/train', 'loss/eval']}],
    pinned: ['b', '\u0002run/1\u0002h', '\u0002\u0002h', 'a'],
    wide: new Set(['loss/train']),
    node: 'h1/MatMul',
    graphRun: 'r1',
    graphTag: 'conceptual:keras',
    others: [
      ['token', 'x'],
      ['darkMode', 'true'],
    ],
  };
  expect(reread(view)).toEqual(view);
  expect(reread({...view, shown: noRun})).toEqual({...view, shown: noRun});
  expect(reread({...view, columns: []})).toEqual({...view, columns: []});
  expect(reread(initialView)).toEqual(initialView);
  expect(urlOfView(initialView)).toBe('#timeseries');
});

test("TensorBoard's addresses open the same view", () => {
  const modern = viewFromUrl(
    '?pinnedCards=[{"plugin":"scalars","tag":"loss"},{"plugin":"images","tag":"x","runId":"defaultExperimentId/r","sample":0}]&smoothing=0.8&tagFilter=acc',
    '#timeseries',
  );
  expect(modern.pinned).toEqual(['loss', imageKey('r', 'x')]);
  expect(reread(modern).pinned).toEqual(modern.pinned);
  expect([modern.smoothing, modern.tagFilter]).toEqual([0.8, 'acc']);
  expect(viewFromUrl('?runColorGroup=regex%3Aseed(%5Cd)', '').colouring).toEqual({
    kind: 'regex',
    pattern: 'seed(\\d)',
  });
  expect(viewFromUrl('?runColorGroup=run', '').colouring).toEqual({kind: 'none'});
  const classic = viewFromUrl(
    '',
    '#scalars&tagFilter=loss&regexInput=run%5B12%5D&_smoothingWeight=0.3',
  );
  expect([classic.tab, classic.tagFilter, classic.runFilter, classic.smoothing]).toEqual([
    'timeseries',
    'loss',
    'run[12]',
    0.3,
  ]);
});

test('nonsense takes its default', () => {
  const view = viewFromUrl('?smoothing=NaN&axis=x&zoom=5,3,:a&zoom=q&pinnedCards={&y=7', '#what');
  expect(view).toEqual(initialView);
  expect(viewFromUrl('?smoothing=7', '').smoothing).toBe(0.999);
});

test('new runs join "all but" and not "only"', () => {
  const hidden = withShown(everyRun, ['a'], false);
  expect([isShown(hidden, 'a'), isShown(hidden, 'new')]).toEqual([false, true]);
  const one = withShown(noRun, ['a'], true);
  expect([isShown(one, 'a'), isShown(one, 'new')]).toEqual([true, false]);
  expect(withShown(hidden, ['a'], true)).toEqual(everyRun);
});

test("TensorBoard's address of images shows them among the time series", () => {
  const view = viewFromUrl('', '#images&tagFilter=samples');
  expect([view.tab, view.kinds, view.tagFilter]).toEqual(['timeseries', 'images', 'samples']);
});
