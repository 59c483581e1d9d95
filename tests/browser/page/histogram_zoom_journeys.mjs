// The value axis of histograms, zoomed by drag, wheel and keys; and the table of many steps.

import {histogramAt} from '../../../ui/dev/logs.mjs';
import {chartsReady} from '../browser.mjs';
import {chartOf, dragOver, facts, waitForFacts} from '../chart_probe.mjs';
import {same, that} from '../runner.mjs';
import {on} from './page_kit.mjs';

const weights = 'hidden1/weights';

const lastRange = (fixture) =>
  fixture.requests
    .filter(([, path]) => path === '/api/v1/histograms')
    .map(([, , body]) => JSON.parse(body).range)
    .findLast((range) => range !== undefined);

export async function histogramZoomJourneys(runner) {
  await runner.journey('histograms: the values are zoomed and come back', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(`${fixture.url}#histograms`);
    await chartsReady(page);
    const chart = chartOf(page, weights);
    const whole = await facts(page, weights);
    const {plot} = whole;
    const width = plot.right - plot.left;
    const zoomed = (f) => f.values.hi - f.values.lo < 0.6 * (whole.values.hi - whole.values.lo);
    const y = plot.bottom - 40;
    // Across: the values alone, on bins of their own.
    await dragOver(page, chart, plot.left + width * 0.3, plot.left + width * 0.7, y, y + 3);
    await waitForFacts(page, weights, zoomed);
    const across = await facts(page, weights);
    that(
      zoomed(across),
      `from ${JSON.stringify(whole.values)} to ${JSON.stringify(across.values)}`,
    );
    same([across.x, across.bins], [whole.x, 30], 'all steps stay, with thirty bins');
    same(lastRange(fixture), [across.values.lo, across.values.hi], 'the bins that are asked for');
    await page.waitForFunction(() => location.search.includes('zoom='));
    await kit.shot(page, 'histogram-values-zoomed');
    await page.reload();
    await chartsReady(page);
    same((await facts(page, weights)).values, across.values, 'the address keeps it');

    // Shift moves it, the wheel narrows it, a double click shows everything.
    await page.keyboard.down('Shift');
    await dragOver(page, chart, plot.left + width * 0.5, plot.left + width * 0.4, y, y);
    await page.keyboard.up('Shift');
    await page.waitForFunction((before) => {
      const now = document.querySelector('canvas').fanlightFacts().values;
      return now.lo > before;
    }, across.values.lo);
    const moved = await facts(page, weights);
    const box = await chart.boundingBox();
    await page.mouse.move(box.x + plot.left + width / 2, box.y + plot.bottom + 8);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -200);
    await page.keyboard.up('Control');
    await page.waitForFunction((before) => {
      const now = document.querySelector('canvas').fanlightFacts().values;
      return now.hi - now.lo < before * 0.9;
    }, moved.values.hi - moved.values.lo);
    await chart.dblclick({position: {x: plot.left + width / 2, y}});
    await page.waitForFunction(() => !location.search.includes('zoom='));
    await chartsReady(page);
    await page.waitForFunction(
      (hi) => document.querySelector('canvas').fanlightFacts().values.hi === hi,
      whole.values.hi,
    );

    // A steep drag takes a box of both.
    const {left, bottom} = plot;
    await dragOver(page, chart, left + width * 0.3, left + width * 0.7, bottom - 60, bottom - 8);
    await waitForFacts(page, weights, (f) => f.ridges > 2 && f.ridges < 25 && f.x.lo >= 800);
    that(zoomed(await facts(page, weights)), 'values, too');
    await page.locator('[data-testid=reset-zoom]').first().click();
    await page.waitForFunction(() => !location.search.includes('zoom='));

    // Overlay, where steps have no axis; and the keys.
    await page.getByText('Overlay').click();
    await chartsReady(page);
    await dragOver(page, chart, left + width * 0.4, left + width * 0.6, bottom - 60, bottom - 8);
    await waitForFacts(page, weights, zoomed);
    same((await facts(page, weights)).x, whole.x, 'the steps are as before');
    await chart.focus();
    await page.keyboard.press('0');
    await page.waitForFunction(() => !location.search.includes('zoom='));
    await page.keyboard.press(']');
    await page.waitForFunction(() => location.search.includes('zoom='));
    await page.keyboard.press('[');
    await page.waitForFunction(() => !location.search.includes('zoom='));
  });

  await runner.journey('histograms: the table holds every step', async (kit) => {
    const fixture = await on(kit);
    const [run] = fixture.runs;
    for (let step = 2000; step < 3500; step++) histogramAt(run, weights, step, 0, 0.08);
    const points = run.histograms.get(weights);
    const page = await kit.open(`${fixture.url}#histograms`);
    await chartsReady(page);
    const card = page.locator(`[data-testid=card][data-tag="${weights}"]`).first();
    await card.hover();
    await card.locator('[data-testid=card-menu]').click();
    await page.click('[data-testid=view-table]');
    const table = card.locator('[data-testid=step-table]');
    await table.locator(`tbody[data-rows="${points.length}"]`).waitFor();
    const steps = () =>
      table.evaluate((panel) => [
        panel.querySelectorAll('tbody th').length,
        panel.scrollHeight,
        [...panel.querySelectorAll('tbody th + td')].map((cell) => cell.textContent),
      ]);
    const [rows, height, first] = await steps();
    that(rows < 60, `${rows} rows are elements`);
    that(Math.abs(height - 22 * points.length) < 60, `the bar tells how many there are: ${height}`);
    same(first[0], '0', 'the first step');
    await table.evaluate((panel) => panel.scrollTo(0, panel.scrollHeight));
    await table.getByText('3,499').waitFor();
    await table.evaluate((panel) => panel.scrollTo(0, panel.scrollHeight / 2));
    const middle = points[Math.floor(points.length / 2)].step;
    await table.getByText(middle.toLocaleString('en-US'), {exact: true}).waitFor();
  });
}
