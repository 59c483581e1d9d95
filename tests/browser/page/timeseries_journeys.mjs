// Time series: cards, zoom, readout, growth, downloads.

import {Run, trainStep} from '../../../ui/dev/logs.mjs';
import {axeProblems, chartsReady} from '../browser.mjs';
import {chartOf, dragOver, facts, waitForFacts} from '../chart_probe.mjs';
import {same, that} from '../runner.mjs';
import {columnRequests, on} from './page_kit.mjs';

export async function timeseriesJourneys(runner) {
  await runner.journey(
    'opens with every run and tag, one request for the screenful',
    async (kit) => {
      const fixture = await on(kit);
      const page = await kit.open(fixture.url);
      await chartsReady(page);
      same(await page.locator('[data-testid=run]').count(), 8, 'runs');
      same(await page.title(), 'Fanlight', 'title');
      await page.locator('[data-testid=live]', {hasText: 'Live'}).waitFor();
      const screenful = columnRequests(fixture).filter((r) => r.width > 1);
      that(screenful.length <= 2, `the screenful took ${screenful.length} requests`);
      for (const path of ['/api/v1/runs', '/api/v1/tags'])
        same(fixture.requests.filter(([, p]) => p === path).length, 1, `${path} is read once`);
      that(
        screenful.every((r) => r.smoothing.weight === 0.6 && r.axis === 'step'),
        'the server smooths',
      );
      await kit.shot(page, 'desktop-light');
    },
  );

  await runner.journey('filters tags and says when none matches', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.keyboard.press('/');
    await page.keyboard.type('^loss/(train|l2)$');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=card]').length === 2);
    await chartsReady(page);
    await page.fill('[data-testid=tag-filter]', 'zebra');
    await page.waitForSelector('[data-testid=no-match]');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=card]').length > 4);
  });

  await runner.journey('zooms to full resolution and comes back', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    const chart = chartOf(page, 'loss/train');
    await chart.scrollIntoViewIfNeeded();
    await waitForFacts(page, 'loss/train', (f) => f.points > 0);
    const before = await facts(page, 'loss/train');
    fixture.requests.length = 0;
    await dragOver(page, chart, 120, 200);
    await waitForFacts(
      page,
      'loss/train',
      (f) => f.x.hi - f.x.lo < (before.x.hi - before.x.lo) / 2,
    );
    const zoomed = await facts(page, 'loss/train');
    that(zoomed.y.hi - zoomed.y.lo < before.y.hi - before.y.lo, 'the y axis fits what is in view');
    const request = columnRequests(fixture).find((r) => r.from !== null);
    that(request !== undefined && request.from > 0 && request.to < 2000, 'the window is asked for');
    that(
      await page.locator('[data-testid=reset-zoom]').first().isVisible(),
      'the card says that it is zoomed',
    );
    await kit.shot(page, 'zoomed');
    await chart.dblclick({position: {x: 150, y: 80}});
    await waitForFacts(page, 'loss/train', (f) => f.x.hi === before.x.hi);
    // Ctrl + wheel zooms about the pointer, and out again to the whole.
    await chart.hover({position: {x: 150, y: 80}});
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -300);
    await waitForFacts(page, 'loss/train', (f) => f.x.hi < before.x.hi);
    for (let i = 0; i < 6; i++) await page.mouse.wheel(0, 300);
    await waitForFacts(page, 'loss/train', (f) => f.x.hi === before.x.hi);
    await page.keyboard.up('Control');
    // A steep drag zooms a box.
    await dragOver(page, chart, 100, 200, 40, 120);
    await waitForFacts(page, 'loss/train', (f) => f.x.hi < before.x.hi);
    await page.waitForFunction(() => /zoom=[^&]*y/.test(location.search));
  });

  await runner.journey('the readout names step, time and values and stays inside', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    const charts = page.locator('[data-testid=chart]');
    const n = await charts.count();
    for (let i = 0; i < n; i++) {
      const box = await charts.nth(i).boundingBox();
      if (box === null || box.y + box.height > 890 || box.y < 100) continue;
      for (const part of [0.2, 0.55, 0.97]) {
        const x = box.x + box.width * part;
        const y = box.y + 70;
        await page.mouse.move(x, y);
        await page.waitForSelector('[data-testid=readout]');
        const tip = await page.locator('[data-testid=readout]').boundingBox();
        that(
          tip.x >= 0 && tip.y >= 0 && tip.x + tip.width <= 1440 && tip.y + tip.height <= 900,
          `outside: ${JSON.stringify(tip)}`,
        );
        that(
          !(x > tip.x && x < tip.x + tip.width && y > tip.y && y < tip.y + tip.height),
          'over the pointer',
        );
      }
    }
    await chartOf(page, 'accuracy/train').hover({position: {x: 150, y: 80}});
    await page.waitForFunction(
      () => document.querySelectorAll('[data-testid=readout] tr').length > 5,
    );
    const text = await page.textContent('[data-testid=readout]');
    that(/step \d+ · \d+/.test(text) && text.includes('cnn-small/seed0'), text);
    const values = await page.$$eval('[data-testid=readout] tr', (rows) =>
      rows.map((r) => Number(r.cells[1].textContent)),
    );
    same(values.length, 8, 'a row for each run, as the table has them');
    await kit.shot(page, 'readout');
    await page.mouse.move(700, 60);
    for (const [order, sign] of [
      ['descending', -1],
      ['ascending', 1],
    ]) {
      await page.click('[data-testid=chart-options]');
      await page.selectOption('[data-testid=readout-order]', order);
      await page.keyboard.press('Escape');
      await chartOf(page, 'accuracy/train').hover({position: {x: 150, y: 80}});
      await page.waitForSelector('[data-testid=readout]');
      const sorted = await page.$$eval('[data-testid=readout] tr', (rows) =>
        rows.map((r) => Number(r.cells[1].textContent)),
      );
      same(
        sorted,
        [...values].sort((a, b) => sign * (a - b)),
        order,
      );
      await page.mouse.move(700, 60);
      await page.waitForSelector('[data-testid=readout]', {state: 'detached'});
    }
  });

  await runner.journey('arrow keys move the cursor and tell a screen reader', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await chartOf(page, 'accuracy/eval').focus();
    await page.keyboard.press('Home');
    await page.waitForFunction(() =>
      /step 0 /.test(document.querySelector('[data-testid=announcement]').textContent),
    );
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() =>
      /step 20 /.test(document.querySelector('[data-testid=announcement]').textContent),
    );
    await page.keyboard.press('Shift+ArrowRight');
    await page.waitForFunction(() =>
      /step 220 /.test(document.querySelector('[data-testid=announcement]').textContent),
    );
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-testid=readout]', {state: 'detached'});
  });

  await runner.journey(
    'a growing log grows on the page, and only what changed is read',
    async (kit) => {
      const fixture = await on(kit, 'young');
      const page = await kit.open(fixture.url);
      await chartsReady(page);
      const before = await facts(page, 'accuracy/train');
      for (let i = 0; i < 5; i++) {
        fixture.grow(10);
        await waitForFacts(page, 'accuracy/train', (f) => f.x.hi === 39 + 10 * (i + 1));
      }
      that((await facts(page, 'accuracy/train')).x.hi === before.x.hi + 50, 'fifty steps more');
      fixture.requests.length = 0;
      const run = fixture.runs[0];
      trainStep(run, run.lastStep + 1, run.how);
      fixture.tell({
        series: [[0, 'accuracy/train', run.scalars.get('accuracy/train').steps.length]],
      });
      await waitForFacts(page, 'accuracy/train', (f) => f.x.hi === 90);
      const asked = columnRequests(fixture).flatMap((r) => r.series);
      that(
        asked.every((s) => s.run === 0 && s.tag === 'accuracy/train'),
        `asked for ${JSON.stringify(asked)}`,
      );
      // A new run joins without a reload.
      const joined = new Run('zz/new', 77);
      joined.how = {end: 0.2, tau: 100, rate: 0.01};
      for (let step = 0; step < 60; step++) trainStep(joined, step, joined.how);
      fixture.addRun(joined);
      await page.getByRole('checkbox', {name: 'Show zz/new'}).waitFor();
    },
  );

  await runner.journey('a failed request says why and tries again', async (kit) => {
    const fixture = await on(kit);
    fixture.failNext('/api/v1/columns', 100);
    const page = await kit.open(fixture.url, {expect: [/503/]});
    await page.getByText('The disk did not answer in time.').first().waitFor();
    await kit.shot(page, 'failed');
    fixture.failNext('/api/v1/columns', 0);
    await page.getByRole('button', {name: 'Try again'}).first().click();
    await page.waitForSelector('[data-testid=chart][data-state=ready]');
    const other = await on(kit);
    other.failNext('/api/v1/tags', 100);
    const blank = await kit.open(other.url, {expect: [/503/]});
    await blank.waitForSelector('[data-testid=failed]');
    // The page tries once more by itself, when its event stream begins.
    const tries = () => other.requests.filter(([, path]) => path === '/api/v1/tags').length;
    while (tries() < 2) await new Promise((done) => setTimeout(done, 20));
    other.failNext('/api/v1/tags', 0);
    await blank.getByRole('button', {name: 'Try again'}).click();
    await chartsReady(blank);
  });

  await runner.journey('many runs become their mean with a band', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.getByText('Mean ± std').click();
    await page.waitForFunction(() => location.search.includes('lines=mean'));
    await chartOf(page, 'accuracy/eval').hover({position: {x: 150, y: 80}});
    await page.getByText('mean of 8').waitFor();
    same(await page.locator('[data-testid=readout] tr').count(), 1, 'rows');
    that((await page.textContent('[data-testid=readout]')).includes('±'), 'the deviation');
    same(await axeProblems(page), [], 'axe');
    await kit.shot(page, 'mean');
  });
}
