// Time series: chosen steps, ranges of steps and the tables that tell of them.

import {axeProblems, chartsReady} from '../browser.mjs';
import {chartOf, dragOver, facts} from '../chart_probe.mjs';
import {same, that} from '../runner.mjs';
import {columnRequests, on} from './page_kit.mjs';

const tableOf = (page, tag) =>
  page.locator(`[data-testid=card][data-tag="${tag}"] [data-testid=step-table]`).first();

const headsOf = (table) =>
  table.locator('thead th:not(.fl-columns-button) > button').allTextContents();

const columnOf = async (table, place) =>
  table.locator(`tbody tr td:nth-child(${place})`).allTextContents();

const stepsInAddress = (page, text) =>
  page.waitForFunction((want) => new URLSearchParams(location.search).get('steps') === want, text);

export async function stepsJourneys(runner) {
  await runner.journey('a press on the step axis chooses a step for every chart', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    const {plot} = await facts(page, 'accuracy/eval');
    const chart = chartOf(page, 'accuracy/eval');
    const axis = {x: plot.left + plot.width / 2, y: plot.top + plot.height + 9};
    await chart.click({position: axis});
    const table = tableOf(page, 'accuracy/eval');
    await table.locator('tbody tr').nth(6).waitFor();
    same(
      await headsOf(table),
      ['Run', 'Smoothed', 'Value', 'Step', 'Relative'],
      'columns for one step',
    );
    that((await page.locator('[data-testid=fob]').count()) >= 3, 'each chart shows it');
    const step = await page.evaluate(() => new URLSearchParams(location.search).get('steps'));
    if (step === null) await page.waitForFunction(() => location.search.includes('steps='));
    // The handle moves by keys; what a table says is what was logged at the nearest step.
    const handle = chart.locator('[data-testid=fob-handle]');
    await handle.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('401');
    await page.keyboard.press('Enter');
    await stepsInAddress(page, '401');
    const logged = fixture.runs[0].scalars.get('accuracy/eval');
    const value = logged.values[logged.steps.indexOf(400)];
    await page.waitForFunction(
      (want) =>
        [...document.querySelectorAll('[data-testid=step-table] td')].some(
          (cell) => Number(cell.title) === want,
        ),
      value,
    );
    await handle.focus();
    await page.keyboard.press('ArrowRight');
    await stepsInAddress(page, '402');
    await kit.shot(page, 'step');
    await page.keyboard.press('Delete');
    await page.waitForSelector('[data-testid=step-table]', {state: 'detached'});
  });

  await runner.journey('a range of steps: extremes, change, sorting, columns', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    const {plot} = await facts(page, 'accuracy/train');
    const y = plot.top + plot.height + 9;
    const chart = chartOf(page, 'accuracy/train');
    await dragOver(page, chart, plot.left + 40, plot.left + 160, y, y);
    const table = tableOf(page, 'accuracy/train');
    await table.locator('tbody tr').nth(7).waitFor();
    same(
      await headsOf(table),
      ['Run', 'Min', 'Max', 'Start', 'End', 'Change', '%', 'Start step', 'End step'],
      'columns for a range',
    );
    // The table asks for the points themselves: the extremes are the logged ones.
    const request = columnRequests(fixture).findLast((r) => r.width === 1 && r.from !== null);
    that(request.precision === undefined && request.shape === undefined, 'exact');
    const logged = fixture.runs[0].scalars.get('accuracy/train');
    const inside = logged.values.filter(
      (_, i) => logged.steps[i] >= request.from && logged.steps[i] <= request.to,
    );
    const first = table.locator('tbody tr').first();
    same(
      await first.locator('td').evaluateAll((cells) => cells.slice(0, 2).map((c) => c.title)),
      [String(Math.min(...inside)), String(Math.max(...inside))],
      'extremes',
    );
    for (const [button, sign] of [
      ['Max', -1],
      ['Max ↓', 1],
    ]) {
      await table.getByRole('button', {name: button, exact: true}).click();
      const values = (await columnOf(table, 3)).map(Number);
      same(
        values,
        [...values].sort((a, b) => sign * (a - b)),
        button,
      );
    }
    await table.locator('[data-testid=table-columns]').click();
    await page.getByRole('menuitemradio', {name: 'Step at max'}).click();
    await page.getByRole('menuitemradio', {name: 'Start', exact: true}).click();
    await page.keyboard.press('Escape');
    same((await headsOf(table)).includes('Step at max'), true, 'a column more');
    same((await headsOf(table)).includes('Start'), false, 'a column less');
    same(await axeProblems(page), [], 'axe');
    await kit.shot(page, 'range');
    // One end goes, the other stays; the address keeps it.
    await chart.locator('[data-testid=fob-remove]').first().click();
    await stepsInAddress(page, String(request.to));
    await page.reload();
    await tableOf(page, 'accuracy/train').locator('tbody tr').nth(7).waitFor();
  });

  await runner.journey('a handle is dragged along the axis', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(`${fixture.url}?steps=500,1500`);
    await chartsReady(page);
    const handle = chartOf(page, 'accuracy/train').locator('[data-testid=fob-handle]').first();
    const box = await handle.boundingBox();
    await page.mouse.move(box.x + 6, box.y + 6);
    await page.mouse.down();
    await page.mouse.move(box.x + 40, box.y + 6);
    await page.mouse.move(box.x + 60, box.y + 6);
    await page.mouse.up();
    await page.waitForFunction(() => {
      const [lo, hi] = new URLSearchParams(location.search).get('steps').split(',').map(Number);
      return lo > 600 && hi === 1500;
    });
    // S on a chart chooses the step under the cursor.
    await chartOf(page, 'accuracy/train').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('s');
    await stepsInAddress(page, '0');
    await page.keyboard.press('End');
    await page.keyboard.press('Shift+S');
    await page.waitForFunction(() =>
      new URLSearchParams(location.search).get('steps').startsWith('0,'),
    );
  });

  await runner.journey('a chart can be read as a table', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url, {theme: 'dark'});
    await chartsReady(page);
    const card = page.locator('[data-testid=card][data-tag="accuracy/train"]').first();
    await card.hover();
    await card.locator('[data-testid=card-menu]').click();
    await page.click('[data-testid=view-table]');
    const table = tableOf(page, 'accuracy/train');
    await table.locator('tbody tr').nth(7).waitFor();
    that(!(await card.locator('[data-testid=chart]').isVisible()), 'the table stands in its place');
    same(await axeProblems(page), [], 'axe');
    await kit.shot(page, 'table');
    await card.locator('[data-testid=card-menu]').click();
    await page.click('[data-testid=view-table]');
    await card.locator('[data-testid=chart]').waitFor();
  });
}
