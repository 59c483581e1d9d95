// Histograms: ridges, percentiles and heat maps, and what they share with time series.

import {readFile} from 'node:fs/promises';
import {axeProblems, chartsReady, phone} from '../browser.mjs';
import {chartOf, dragOver, facts, waitForFacts} from '../chart_probe.mjs';
import {same, that} from '../runner.mjs';
import {on} from './page_kit.mjs';

const weights = 'hidden1/weights';
const activations = 'hidden2/activations';

/** The bodies of the requests for histograms so far. */
const histogramRequests = (fixture) =>
  fixture.requests
    .filter(([, path]) => path === '/api/v1/histograms')
    .map(([, , body]) => JSON.parse(body));

const cardOf = (page, tag, run) =>
  page
    .locator(
      `[data-testid=card][data-tag="${tag}"]${run === undefined ? '' : `[data-histogram="${run}"]`}`,
    )
    .first();

const openMenu = async (page, tag) => {
  const card = cardOf(page, tag);
  await card.hover();
  await card.locator('[data-testid=card-menu]').click();
};

const saved = async (page, selector) => {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(selector)]);
  return [download.suggestedFilename(), await readFile(await download.path())];
};

const inAddress = (page, key, value) =>
  page.waitForFunction(([k, v]) => new URLSearchParams(location.search).get(k) === v, [key, value]);

export async function histogramsJourneys(runner) {
  await runner.journey('histograms: ridges, readout, overlay, growth', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(`${fixture.url}#histograms`);
    await chartsReady(page);
    const {ridges, bins, plot, values} = await facts(page, weights);
    same([ridges, bins], [40, 30], 'every step there is');
    const chart = chartOf(page, weights);
    await chart.hover({position: {x: plot.left + 8, y: plot.bottom}});
    const readout = await page.textContent('[data-testid=readout]');
    that(/step 1,950/.test(readout), `the nearest ridge: ${readout}`);
    // Its bin and the bucket as it was logged, with their counts.
    const bucket = fixture.runs[0].histograms.get(weights).at(-1).buckets[0];
    that(readout.includes('bucket') && readout.includes('…'), `bin and bucket: ${readout}`);
    that(Math.abs(values.lo) <= Math.abs(bucket[0]) * 1.01, 'the range of the buckets');
    same(await axeProblems(page), [], 'axe');
    await kit.shot(page, 'histograms');
    await page.getByText('Overlay').click();
    await inAddress(page, 'mode', 'overlay');
    await chart.focus();
    await page.keyboard.press('ArrowUp');
    await page.waitForFunction(() =>
      /step 1,900.*count/.test(document.querySelector('[data-testid=announcement]').textContent),
    );
    await kit.shot(page, 'histograms-overlay');
    fixture.requests.length = 0;
    fixture.runs[0].histograms
      .get(weights)
      .push({step: 5000, wall_time_s: 1795409000, buckets: [[0, 1, 10]]});
    fixture.tell({series: [[0, weights, 41]]});
    await page.getByText('41 steps').waitFor({state: 'attached'});
    same(histogramRequests(fixture).length, 1, 'one card is read again');
    await waitForFacts(page, weights, (f) => f.ridges === 41 && f.x.hi === 5000);
  });

  await runner.journey('histograms: step, relative and wall time as axis', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(`${fixture.url}#histograms`);
    await chartsReady(page);
    const axis = page.getByRole('radiogroup', {name: 'Axis of the steps'});
    await axis.getByText('Wall').click();
    // TensorBoard's axis shows January 1970 here.
    await waitForFacts(page, weights, (f) => f.x.lo > 1.7e9);
    await axis.getByText('Relative').click();
    await waitForFacts(page, weights, (f) => f.x.lo === 0 && f.x.hi > 20 && f.x.hi < 30);
    await inAddress(page, 'axis', 'relative');
    await chartOf(page, weights).hover({position: {x: 150, y: 150}});
    await page.getByText(/step [\d,]+ · [\d.]+ s/).waitFor();
  });

  await runner.journey('distributions: percentiles as bands, with a readout', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(`${fixture.url}#distributions&tagFilter=weights`);
    await chartsReady(page);
    that(
      (await page.getByRole('radio', {name: 'Percentiles'}).isChecked()) === true,
      'percentiles',
    );
    const found = await facts(page, weights);
    same([found.lines, found.points], [1, 40], 'the median of every step');
    await chartOf(page, weights).hover({position: {x: 200, y: 90}});
    const cells = await page.$$eval('[data-testid=readout] td', (tds) =>
      tds.map((t) => t.textContent),
    );
    same(cells.length, 4, 'name, median, middle two thirds, least and greatest');
    same(await axeProblems(page), [], 'axe');
    await kit.shot(page, 'distributions');
    await page.waitForFunction(() => location.hash === '#distributions');
    await page.getByText('Heat map').click();
    await page.waitForFunction(() => location.hash === '#histograms');
    await inAddress(page, 'mode', 'heat');
    await page.reload();
    await chartsReady(page);
    that((await page.getByRole('radio', {name: 'Heat map'}).isChecked()) === true, 'kept');
  });

  await runner.journey(
    'histograms: a heat map over steps tells the bin below the pointer',
    async (kit) => {
      const fixture = await on(kit);
      const page = await kit.open(`${fixture.url}?mode=heat#histograms`, {theme: 'dark'});
      await chartsReady(page);
      const {plot} = await facts(page, weights);
      await chartOf(page, weights).hover({
        position: {x: plot.left + plot.width / 2, y: plot.top + plot.height / 2},
      });
      // The cell, and the bucket that was logged there.
      await page.locator('[data-testid=readout] tr', {hasText: /bucket.*\d.*…/}).waitFor();
      await kit.shot(page, 'heat-map');
      fixture.requests.length = 0;
      await dragOver(page, chartOf(page, weights), plot.left + 40, plot.left + 140);
      await page.locator('[data-testid=reset-zoom]').first().waitFor();
      await page.waitForFunction(() => location.search.includes('zoom='));
      await chartsReady(page);
      const [zoomed] = histogramRequests(fixture);
      that(zoomed.from > 0 && zoomed.to < 1950, 'a window of steps is asked for');
    },
  );

  await runner.journey(
    'histograms: a drag zooms the steps, a double click comes back',
    async (kit) => {
      const fixture = await on(kit);
      const page = await kit.open(`${fixture.url}#histograms`);
      await chartsReady(page);
      const {plot} = await facts(page, weights);
      const chart = chartOf(page, weights);
      const x = plot.left + 60;
      await dragOver(page, chart, x, x, plot.bottom - 60, plot.bottom - 8);
      await waitForFacts(page, weights, (f) => f.ridges > 2 && f.ridges < 25 && f.x.lo >= 800);
      await page
        .getByText(/ of |steps/)
        .first()
        .waitFor();
      await chart.dblclick({position: {x: 100, y: 60}});
      await waitForFacts(page, weights, (f) => f.ridges === 40);
      await chart.focus();
      await page.keyboard.press('End');
      await page.keyboard.press('+');
      await waitForFacts(page, weights, (f) => f.ridges < 40);
      await page.keyboard.press('0');
      await waitForFacts(page, weights, (f) => f.ridges === 40);
    },
  );

  await runner.journey('histograms: chosen steps are those of time series', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(`${fixture.url}#histograms`);
    await chartsReady(page);
    const {plot} = await facts(page, weights);
    const chart = chartOf(page, weights);
    await chart.click({position: {x: plot.right + 20, y: plot.bottom - 40}});
    await page.waitForFunction(() => location.search.includes('steps='));
    const step = await page.evaluate(() => new URLSearchParams(location.search).get('steps'));
    await waitForFacts(page, activations, (f) => f.faded === 39);
    const table = cardOf(page, weights).locator('[data-testid=step-table]');
    const row = await table.locator('tbody tr td').allTextContents();
    same(row[0].replaceAll(',', ''), step, 'the table tells of that step');
    same(row.length, 12, 'step, time, count, nine percentiles');
    await chart.click({
      position: {x: plot.right + 20, y: plot.bottom - 4},
      modifiers: ['Shift'],
    });
    await waitForFacts(page, weights, (f) => f.faded < 39 && f.faded > 10);
    same(await axeProblems(page), [], 'axe');
    await kit.shot(page, 'histogram-steps');
    await page.click('[data-testid=tab-timeseries]');
    await page.locator('[data-testid=fob]').nth(1).waitFor({state: 'attached'});
    await page.click('[data-testid=tab-histograms]');
    await chartsReady(page);
    const marks = cardOf(page, weights).locator('[data-testid=step-mark] button');
    await marks.last().click();
    await inAddress(page, 'steps', step);
    await marks.first().focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => !location.search.includes('steps='));
    await chart.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('s');
    await inAddress(page, 'steps', '0');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => !location.search.includes('steps='));
  });

  await runner.journey('histograms: log counts, for one card or all', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(`${fixture.url}#histograms`);
    await chartsReady(page);
    const draws = (await facts(page, weights)).draws;
    await openMenu(page, weights);
    await page.click('[data-testid=log-counts]');
    await waitForFacts(page, weights, (f) => f.draws > draws);
    await page.waitForFunction(() => location.search.includes('countsOther='));
    await page.click('[data-testid=chart-options]');
    await page.getByRole('radiogroup', {name: 'Scale of the counts'}).getByText('Log').click();
    await inAddress(page, 'counts', 'log');
    await page.keyboard.press('Escape');
    await kit.shot(page, 'log-counts');
  });

  await runner.journey('histograms: several runs in one card', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(`${fixture.url}#histograms`);
    await chartsReady(page);
    same(await page.locator('[data-testid=card]').count(), 6, 'a card for each run');
    await page.getByText('All runs', {exact: true}).click();
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=card]').length === 2);
    await waitForFacts(page, weights, (f) => f.ridges > 40);
    await inAddress(page, 'cards', 'together');
    await kit.shot(page, 'histograms-together');
    await page.getByText('Percentiles').click();
    await waitForFacts(page, weights, (f) => f.lines === 3);
    await kit.shot(page, 'distributions-together');
    await page.getByText('Heat map').click();
    await chartsReady(page);
    await kit.shot(page, 'heat-map-together');
    const asked = histogramRequests(fixture).at(-1);
    same(
      asked.series.map(({run}) => run),
      [0, 1, 2],
      'on the same bins, in one request',
    );
  });

  await runner.journey('histograms: as a table, as files', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(`${fixture.url}#histograms`);
    await chartsReady(page);
    await openMenu(page, weights);
    await page.click('[data-testid=view-table]');
    const table = cardOf(page, weights).locator('[data-testid=step-table]');
    await table.locator('tbody[data-rows="40"] tr').nth(8).waitFor();
    same(await axeProblems(page), [], 'axe');
    await kit.shot(page, 'histogram-table');
    await openMenu(page, weights);
    const [name, csv] = await saved(page, '[data-testid=download-csv]');
    same(name, 'hidden1_weights_mlp-128-32_lr1e-2.csv', 'name');
    const lines = csv.toString('utf8').split('\r\n');
    same(lines[0], 'tag,run,step,wall_time_s,left,right,count', 'head');
    const points = fixture.runs[0].histograms.get(weights);
    same(
      lines.length - 2,
      points.reduce((n, p) => n + p.buckets.length, 0),
      'every bucket of every step',
    );
    same(lines[1].split(',').slice(4).map(Number), points[0].buckets[0], 'as it was logged');
    await openMenu(page, weights);
    const [, json] = await saved(page, '[data-testid=download-json]');
    same(JSON.parse(json.toString('utf8')).buckets.length, lines.length - 2, 'JSON');
    for (const mode of ['Offset', 'Percentiles', 'Heat map']) {
      await page.getByText(mode, {exact: true}).click();
      await chartsReady(page);
      await openMenu(page, activations);
      const [, svg] = await saved(page, '[data-testid=download-svg]');
      const text = svg.toString('utf8');
      await page.evaluate(async (source) => {
        // A browser shows nothing of a file that is not well formed.
        const image = new Image();
        image.src = URL.createObjectURL(new Blob([source], {type: 'image/svg+xml'}));
        await image.decode();
      }, text);
      that(text.includes('>mlp-128-32/lr1e-2<'), `${mode}: the run is named`);
    }
    await openMenu(page, activations);
    const [, png] = await saved(page, '[data-testid=download-png]');
    same(png.subarray(1, 4).toString('latin1'), 'PNG', 'a PNG');
    await page.click('[data-testid=download-all]');
    await page.getByText('6 charts, the runs shown').waitFor();
    const [allName] = await saved(page, '[data-testid=all-svg]');
    same(allName, 'histograms.svg', 'all of them');
  });

  await runner.journey('histograms: pins, width, sections and the filter', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(`${fixture.url}#histograms`);
    await chartsReady(page);
    const card = cardOf(page, activations, 'mlp-128-32/lr3e-3');
    await card.hover();
    await card.locator('[data-testid=pin]').click();
    await page.waitForFunction(() => location.search.includes('pinnedCards'));
    const pins = await page.evaluate(() =>
      JSON.parse(new URLSearchParams(location.search).get('pinnedCards')),
    );
    same(
      pins,
      [
        {
          plugin: 'histograms',
          tag: activations,
          runId: 'defaultExperimentId/mlp-128-32/lr3e-3',
        },
      ],
      "TensorBoard's form",
    );
    await page.getByRole('button', {name: /^Pinned 1/}).waitFor();
    const plain = cardOf(page, weights);
    const before = (await plain.boundingBox()).width;
    await plain.hover();
    await plain.locator('[data-testid=full-width]').click();
    await page.waitForFunction(
      ([tag, width]) =>
        document.querySelector(`[data-tag="${tag}"]`).getBoundingClientRect().width > width * 1.5,
      [weights, before],
    );
    await kit.shot(page, 'histogram-pins');
    await page.getByRole('button', {name: /^hidden1 3/}).click();
    await page.waitForFunction(
      (tag) => document.querySelector(`[data-tag="${tag}"]`) === null,
      weights,
    );
    await page.keyboard.press('/');
    await page.keyboard.type('weig');
    await page.waitForFunction(
      () =>
        [...document.querySelectorAll('[data-testid=card]')].every(
          (c) => c.dataset.tag === 'hidden1/weights',
        ) && document.querySelectorAll('[data-testid=card]').length === 3,
    );
    await page.fill('[data-testid=tag-filter]', 'nothing of the kind');
    await page.waitForSelector('[data-testid=no-match]');
  });

  await runner.journey('histograms: a card that fails says why and tries again', async (kit) => {
    const fixture = await on(kit);
    fixture.failNext('/api/v1/histograms', 6);
    const page = await kit.open(`${fixture.url}#histograms`, {expect: [/503/]});
    await page.getByText('The disk did not answer in time.').first().waitFor();
    await cardOf(page, weights).getByRole('button', {name: 'Try again'}).click();
    await waitForFacts(page, weights, (f) => f.ridges === 40);
  });

  await runner.journey('histograms: hostile names and edges that are none', async (kit) => {
    const fixture = await on(kit, 'hostile');
    fixture.runs[0].histograms.set('odd/edges', [
      {
        step: 0,
        wall_time_s: 1795406200,
        buckets: [
          [0, 1, 4],
          [1, 'Infinity', 2],
        ],
      },
      {step: 1, wall_time_s: 1795406201, buckets: [[2, 2, 9]]},
      {step: 2, wall_time_s: 1795406202, buckets: []},
    ]);
    fixture.tell({tags: true, series: null});
    const page = await kit.open(`${fixture.url}#histograms`);
    await chartsReady(page);
    await waitForFacts(page, 'odd/edges', (f) => f.ridges === 3 && f.values.hi === 2);
    await page.getByText(/2 beyond any axis/).waitFor({state: 'attached'});
    await page.getByText('No finite values here').first().waitFor();
    same(await page.locator('main script, main b > b').count(), 0, 'names are text');
    same(await axeProblems(page), [], 'axe');
    await kit.shot(page, 'histograms-hostile');
    for (const mode of ['Overlay', 'Percentiles', 'Heat map']) {
      await page.getByText(mode, {exact: true}).click();
      await chartsReady(page);
    }
  });

  for (const theme of ['light', 'dark']) {
    await runner.journey(`histograms on a phone, in Chinese, ${theme}`, async (kit) => {
      const fixture = await on(kit);
      const page = await kit.open(`${fixture.url}#histograms`, {
        viewport: phone,
        hasTouch: true,
        theme,
        locale: 'zh-CN',
      });
      await chartsReady(page);
      await kit.shot(page, `histograms-phone-${theme}`);
      await page.click('.fl-bar-toggle');
      await page.getByText('热图').click();
      await chartsReady(page);
      same(await axeProblems(page), [], 'axe');
      await kit.shot(page, `heat-map-phone-${theme}`);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      that(width <= phone.width, `nothing is wider than the screen: ${width}`);
    });
  }
}
