// The run table.

import {chartsReady} from '../browser.mjs';
import {waitForFacts} from '../chart_probe.mjs';
import {same, that} from '../runner.mjs';
import {on, pointsOf, runNames} from './page_kit.mjs';

export async function runsJourneys(runner) {
  await runner.journey('runs are hidden, shown alone, filtered and counted', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.getByRole('checkbox', {name: 'Show baseline/linear'}).click();
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=shown-count]').textContent.startsWith('7 of 8'),
    );
    const seven = pointsOf(fixture, 'loss/train', (n) => n !== 'baseline/linear');
    await waitForFacts(page, 'loss/train', (f) => f.points === seven);
    await page.locator('[data-testid=run]', {hasText: 'cnn-small/seed0'}).hover();
    await page.getByRole('button', {name: 'Show only cnn-small/seed0'}).click();
    same(await page.textContent('[data-testid=shown-count]'), '1 of 8 shown', 'only one');
    await page.getByRole('button', {name: 'All', exact: true}).click();
    await page.fill('[data-testid=run-filter]', '^CNN');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=run]').length === 2);
    same(await page.textContent('[data-testid=shown-count]'), '2 of 8 shown', 'filtered');
    await page.fill('[data-testid=run-filter]', 'seed(');
    await page.waitForFunction(
      () =>
        document.querySelector('[data-testid=run-filter]').getAttribute('aria-invalid') === 'true',
    );
    await page.fill('[data-testid=run-filter]', '');
    await page.getByRole('button', {name: 'None', exact: true}).click();
    await page.getByText('No run is shown').first().waitFor();
  });

  await runner.journey('sorts runs by a metric', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.fl-run-value')].every((v) => v.textContent !== ''),
    );
    await page.getByRole('button', {name: 'Column: loss/eval'}).click();
    await page.getByRole('menuitem', {name: 'Sort by loss ↑'}).click();
    const values = await page.$$eval('[data-testid=run]', (rows) =>
      rows.map((r) => Number(r.querySelector('.fl-run-value').title)),
    );
    same(
      values,
      [...values].sort((a, b) => a - b),
      'ascending',
    );
  });

  await runner.journey('many runs and tags: only what is in view exists', async (kit) => {
    const fixture = await on(kit, 'huge');
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    same(
      await page.textContent('[data-testid=shown-count]'),
      '50 of 1,000 shown',
      'not all are drawn unasked',
    );
    that((await page.locator('[data-testid=run]').count()) < 80, 'run rows');
    await page.locator('[data-testid=run-list]').evaluate((list) => list.scrollTo(0, 1e6));
    await page
      .getByRole('checkbox', {name: 'Show group5/run999'})
      .waitFor()
      .catch(async () => {
        that(false, `last rows: ${(await runNames(page)).slice(-3).join(', ')}`);
      });
    const many = await on(kit, 'many');
    const other = await kit.open(many.url);
    await chartsReady(other);
    that((await other.locator('[data-testid=card]').count()) <= 15, 'cards');
    await other.locator('[data-testid=cards-scroller]').evaluate((main) => main.scrollTo(0, 1e6));
    await other.waitForFunction(() =>
      [...document.querySelectorAll('[data-testid=card]')].some(
        (c) => c.dataset.tag === 'group_7/metric_39',
      ),
    );
    await chartsReady(other);
  });
}
