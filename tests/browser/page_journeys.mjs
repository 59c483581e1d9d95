// The page over invented logs: everything that a real server does only by chance happens here on purpose.

import {fileURLToPath} from 'node:url';
import {Fixture} from '../../ui/dev/fixture.mjs';
import {Run, trainStep} from '../../ui/dev/logs.mjs';
import {axeProblems, chartsReady, phone} from './browser.mjs';
import {chartOf, dragOver, facts, waitForFacts} from './chart_probe.mjs';
import {same, that} from './runner.mjs';

const uiDir = fileURLToPath(new URL('../../ui/dist', import.meta.url));

const runNames = (page) =>
  page.$$eval('[data-testid=run] .fl-run-name', (names) => names.map((n) => n.textContent));

export async function pageJourneys(runner) {
  const on = async (kit, scenario = 'sweep') => {
    const fixture = await new Fixture({scenario, uiDir}).listen();
    kit.onEnd(() => fixture.close());
    return fixture;
  };
  const columnRequests = (fixture) =>
    fixture.requests
      .filter(([, path]) => path === '/api/v1/columns')
      .map(([, , body]) => JSON.parse(body));

  await runner.journey(
    'opens with every run and tag, one request for the screenful',
    async (kit) => {
      const fixture = await on(kit);
      const page = await kit.open(fixture.url);
      await chartsReady(page);
      same(await page.locator('[data-testid=run]').count(), 8, 'runs');
      same(await page.title(), 'Fanlight', 'title');
      that((await page.textContent('[data-testid=live]')).includes('Live'), 'the lamp is live');
      const screenful = columnRequests(fixture).filter((r) => r.width > 1);
      that(screenful.length <= 2, `the screenful took ${screenful.length} requests`);
      that(
        screenful.every((r) => r.smoothing === 0.6 && r.axis === 'step'),
        'the server smooths',
      );
      await kit.shot(page, 'desktop-light');
    },
  );

  await runner.journey('runs are hidden, shown alone, filtered and counted', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.getByRole('checkbox', {name: 'Show baseline/linear'}).click();
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=shown-count]').textContent.startsWith('7 of 8'),
    );
    const seven = await pointsOf(fixture, 'loss/train', (n) => n !== 'baseline/linear');
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
    same(
      values,
      [...values].sort((a, b) => b - a),
      'sorted by value',
    );
    await kit.shot(page, 'readout');
    await page.mouse.move(700, 60);
    await page.waitForSelector('[data-testid=readout]', {state: 'detached'});
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

  await runner.journey('paused, nothing moves; resumed, it catches up', async (kit) => {
    const fixture = await on(kit, 'young');
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.keyboard.press('p');
    await page.getByText('Paused').waitFor();
    fixture.requests.length = 0;
    fixture.grow(5);
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=live]').textContent.includes('Paused'),
    );
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    same(columnRequests(fixture).length, 0, 'requests while paused');
    await page.keyboard.press('p');
    await waitForFacts(page, 'accuracy/train', (f) => f.x.hi === 44);
  });

  await runner.journey('a reload and a shared link keep the view', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.getByRole('checkbox', {name: 'Show baseline/linear'}).click();
    await page.getByText('Relative', {exact: true}).click();
    await page.locator('[data-testid=smoothing]').fill('0.9');
    await page.fill('[data-testid=tag-filter]', 'train');
    await page.locator('[data-testid=card][data-tag="loss/train"]').hover();
    await page.locator('[data-testid=card][data-tag="loss/train"] [data-testid=pin]').click();
    await chartsReady(page);
    await dragOver(page, chartOf(page, 'loss/train'), 100, 180);
    await page.waitForFunction(
      () => location.search.includes('zoom=') && location.search.includes('smoothing=0.9'),
    );
    await page.reload();
    await chartsReady(page);
    same(await page.textContent('[data-testid=shown-count]'), '7 of 8 shown', 'hidden run');
    same(await page.inputValue('[data-testid=tag-filter]'), 'train', 'filter');
    same(await page.inputValue('[data-testid=smoothing]'), '0.9', 'smoothing');
    that(await page.getByRole('radio', {name: 'Relative'}).isChecked(), 'axis');
    that(await page.locator('[data-testid=reset-zoom]').first().isVisible(), 'zoom');
    await page.fill('[data-testid=tag-filter]', '');
    await page.getByText('Pinned').waitFor();
    // Back and forward walk through dashboards.
    await page.click('[data-testid=tab-histograms]');
    await page.waitForFunction(() => location.hash === '#histograms');
    await page.goBack();
    await page.waitForFunction(() => location.hash === '#timeseries');
  });

  await runner.journey("TensorBoard's addresses open the same view", async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(
      `${fixture.url}#scalars&tagFilter=loss&regexInput=cnn&_smoothingWeight=0.2`,
    );
    await chartsReady(page);
    same(await page.inputValue('[data-testid=tag-filter]'), 'loss', 'filter');
    same(await page.inputValue('[data-testid=smoothing]'), '0.2', 'smoothing');
    same(await runNames(page), ['cnn-small/seed0', 'cnn-small/seed1'], 'runs');
  });

  await runner.journey(
    'themes follow the system, the switch and the key; axe is content',
    async (kit) => {
      const fixture = await on(kit);
      for (const theme of ['light', 'dark']) {
        const page = await kit.open(fixture.url, {theme});
        await chartsReady(page);
        same(await axeProblems(page), [], `axe, ${theme}`);
        await kit.shot(page, `desktop-${theme}`);
      }
      const page = await kit.open(fixture.url);
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      await chartsReady(page);
      const light = await background();
      await page.click('[data-testid=theme]');
      await page.click('[data-testid=theme-dark]');
      that((await background()) !== light, 'dark differs');
      await page.reload();
      await chartsReady(page);
      that((await background()) !== light, 'dark is remembered');
      await page.keyboard.press('d');
      same(await background(), light, 'the key switches back');
    },
  );

  await runner.journey('histograms: ridges, readout, overlay, growth', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(`${fixture.url}#histograms`);
    await chartsReady(page);
    await page
      .locator('[data-testid=chart]')
      .first()
      .hover({position: {x: 150, y: 110}});
    await page.waitForSelector('[data-testid=readout]');
    that(
      /step \d+/.test(await page.textContent('[data-testid=readout]')),
      'the readout names the step',
    );
    same(await axeProblems(page), [], 'axe');
    await kit.shot(page, 'histograms');
    await page.getByText('Overlay').click();
    await page.waitForFunction(() => location.search.includes('mode=overlay'));
    await page.locator('[data-testid=chart]').first().focus();
    await page.keyboard.press('ArrowUp');
    await page.waitForFunction(() =>
      /count/.test(document.querySelector('[data-testid=announcement]').textContent),
    );
    fixture.requests.length = 0;
    fixture.runs[0].histograms
      .get('hidden1/weights')
      .push({step: 5000, wall_time_s: 1795409000, buckets: [[0, 1, 10]]});
    fixture.tell({series: [[0, 'hidden1/weights', 41]]});
    await page.getByText('41 steps').waitFor({state: 'attached'});
    same(
      fixture.requests.filter(([, p]) => p === '/api/v1/histograms').length,
      1,
      'one histogram is read again',
    );
  });

  await runner.journey('graph: scopes open, nodes are found and followed', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(`${fixture.url}#graphs`);
    await page.getByRole('button', {name: /^hidden1/}).click();
    await page.locator('[data-testid=node]', {hasText: 'MatMul'}).first().click();
    const details = page.locator('[data-testid=node-details]');
    await details.getByText('hidden1/MatMul').waitFor();
    await details.getByText('hidden1/weights/read').click();
    await page.waitForFunction(() => location.search.includes('node=hidden1%2Fweights%2Fread'));
    same(await axeProblems(page), [], 'axe');
    await kit.shot(page, 'graph');
    await page.fill('[data-testid=node-filter]', 'xentropy');
    await page.waitForFunction(() =>
      [...document.querySelectorAll('[data-testid=node]')].every((n) =>
        n.title.includes('xentropy'),
      ),
    );
    that((await page.locator('[data-testid=node]').count()) >= 2, 'found');
  });

  await runner.journey('names nobody should choose are text', async (kit) => {
    const fixture = await on(kit, 'hostile');
    for (const tab of ['timeseries', 'histograms', 'graphs']) {
      const page = await kit.open(`${fixture.url}#${tab}`);
      await page.waitForSelector(
        tab === 'graphs'
          ? '[data-testid=node-list] .fl-node[data-row]'
          : '[data-testid=chart][data-state=ready]',
      );
      same(
        await page.evaluate(
          () => document.querySelectorAll('#app script, #app img, #app b[onerror]').length,
        ),
        0,
        'elements from names',
      );
      same(await page.locator('[data-testid=run]').count(), 9, 'runs');
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      that(!overflow, 'nothing is wider than the page');
      if (tab === 'timeseries') {
        await page
          .locator('[data-testid=chart]')
          .first()
          .hover({position: {x: 150, y: 80}});
        await page.waitForSelector('[data-testid=readout]');
        await kit.shot(page, 'hostile');
      }
      same(await axeProblems(page), [], `axe, ${tab}`);
    }
  });

  await runner.journey(
    'a phone: one column, run drawer, tools on demand, a finger reads',
    async (kit) => {
      const fixture = await on(kit);
      for (const theme of ['light', 'dark']) {
        const page = await kit.open(fixture.url, {viewport: phone, hasTouch: true, theme});
        await chartsReady(page);
        that(
          await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
          'no sideways scroll',
        );
        const box = await page.locator('[data-testid=card]').first().boundingBox();
        that(box.width > 350, 'a card is as wide as the screen');
        that(!(await page.locator('[data-testid=run-pane]').isVisible()), 'the drawer is closed');
        await kit.shot(page, `phone-${theme}`);
        await page.locator('[data-testid=drawer]').tap();
        await page.getByRole('checkbox', {name: 'Show baseline/linear'}).tap();
        await page.waitForFunction(() =>
          document.querySelector('[data-testid=shown-count]').textContent.startsWith('7 of 8'),
        );
        await kit.shot(page, `phone-drawer-${theme}`);
        await page.locator('.fl-scrim').tap({position: {x: 360, y: 300}});
        await page.waitForFunction(
          () =>
            getComputedStyle(document.querySelector('[data-testid=run-pane]')).visibility ===
            'hidden',
        );
        that(!(await page.getByText('Relative', {exact: true}).isVisible()), 'tools are folded');
        await page.getByRole('button', {name: 'More controls'}).tap();
        that(await page.getByText('Relative', {exact: true}).isVisible(), 'tools are there');
        same(await axeProblems(page), [], `axe, phone, ${theme}`);
      }
    },
  );

  await runner.journey('简体中文', async (kit) => {
    const fixture = await on(kit);
    for (const theme of ['light', 'dark']) {
      const page = await kit.open(fixture.url, {locale: 'zh-CN', theme});
      await chartsReady(page);
      that((await page.textContent('[data-testid=tab-histograms]')) === '直方图', 'tabs');
      same(await page.getAttribute('html', 'lang'), 'zh-CN', 'lang');
      await page
        .locator('[data-testid=chart]')
        .first()
        .hover({position: {x: 150, y: 80}});
      await page.waitForSelector('[data-testid=readout]');
      await kit.shot(page, `chinese-${theme}`);
      same(await axeProblems(page), [], `axe, ${theme}`);
    }
  });

  await runner.journey('no data, no log directory, then data', async (kit) => {
    const empty = await on(kit, 'empty');
    const page = await kit.open(empty.url);
    await page.waitForSelector('[data-testid=empty]');
    that(
      (await page.textContent('[data-testid=empty]')).includes('/home/ann/logs'),
      'names the directory',
    );
    await page.getByRole('tab', {name: 'C++'}).click();
    await page.getByText('SummaryWriter::Create').waitFor();
    same(await axeProblems(page), [], 'axe');
    await kit.shot(page, 'empty');
    const run = new Run('first', 1);
    run.add('loss', 0, 1);
    run.add('loss', 1, 0.5);
    empty.addRun(run);
    await page.waitForSelector('[data-testid=chart][data-state=ready]');
    const missing = await on(kit, 'missing');
    const other = await kit.open(missing.url, {theme: 'dark'});
    await other.waitForSelector('[data-testid=missing]');
    same(await axeProblems(other), [], 'axe');
    await kit.shot(other, 'missing');
  });

  await runner.journey('loading shows how far it is; damage says which file', async (kit) => {
    const loading = await on(kit, 'loading');
    const page = await kit.open(loading.url);
    await chartsReady(page);
    that(
      /Loading 3\d %/.test(await page.textContent('[data-testid=live]')),
      await page.textContent('[data-testid=live]'),
    );
    loading.setState('watching');
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=live]').textContent.includes('Live'),
    );
    const damaged = await on(kit, 'damaged');
    const other = await kit.open(damaged.url);
    await chartsReady(other);
    await other.click('[data-testid=damage]');
    await other.getByText('payload checksum mismatch').waitFor();
    await other.getByText('at byte 118').waitFor();
    same(await axeProblems(other), [], 'axe');
    await kit.shot(other, 'damaged');
    await other.keyboard.press('Escape');
    await other.getByText('payload checksum mismatch').waitFor({state: 'detached'});
  });

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
    other.failNext('/api/v1/tags', 0);
    await blank.getByRole('button', {name: 'Try again'}).click();
    await chartsReady(blank);
  });

  await runner.journey(
    'the server goes away and comes back: charts stay, then catch up',
    async (kit) => {
      const fixture = await on(kit, 'young');
      const page = await kit.open(fixture.url, {expect: [/ERR_CONNECTION|ERR_INCOMPLETE|net::/]});
      await chartsReady(page);
      const port = fixture.port;
      await fixture.close();
      await page.waitForSelector('[data-testid=lost]');
      that((await facts(page, 'accuracy/train')).points > 0, 'the charts keep what they have');
      await kit.shot(page, 'lost');
      await page.getByRole('button', {name: 'Try now'}).click();
      const again = new Fixture({scenario: 'young', uiDir});
      again.startedS += 60;
      again.grow(20);
      await again.listen(port);
      kit.onEnd(() => again.close());
      fixture.close = async () => {};
      await page.waitForSelector('[data-testid=lost]', {state: 'detached'});
      await waitForFacts(page, 'accuracy/train', (f) => f.x.hi === 59);
    },
  );

  await runner.journey('a reader that was too slow reads everything again', async (kit) => {
    const fixture = await on(kit, 'young');
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    // Two steps that no message told of.
    const run = fixture.runs[0];
    for (let i = 0; i < 2; i++) trainStep(run, run.lastStep + 1, run.how);
    fixture.tellReload();
    await waitForFacts(page, 'accuracy/train', (f) => f.x.hi === 41);
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

  await runner.journey('eight tabs share one stream', async (kit) => {
    const fixture = await on(kit, 'young');
    const first = await kit.open(fixture.url);
    await chartsReady(first);
    const tabs = [first];
    for (let i = 1; i < 8; i++) {
      const tab = await first.context().newPage();
      await tab.goto(fixture.url);
      await chartsReady(tab);
      tabs.push(tab);
    }
    same(fixture.streams.size, 1, 'streams');
    fixture.grow(3);
    for (const tab of tabs) {
      await tab.bringToFront();
      await waitForFacts(tab, 'accuracy/train', (f) => f.x.hi === 42);
    }
  });

  await runner.journey('what is shown can be saved', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    const card = page.locator('[data-testid=card][data-tag="accuracy/eval"]').first();
    await card.hover();
    await card.locator('[data-testid=card-menu]').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('[data-testid=download-csv]'),
    ]);
    same(download.suggestedFilename(), 'accuracy_eval.csv', 'name');
    const {readFile} = await import('node:fs/promises');
    const text = await readFile(await download.path(), 'utf8');
    that(text.startsWith('run,step,wall_time_s,value,smoothed\r\n'), text.slice(0, 60));
    that(text.split('\r\n').length > 700, 'all points');
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

  await runner.journey('search jumps to charts, runs and commands', async (kit) => {
    const fixture = await on(kit, 'many');
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('metric_39');
    await kit.shot(page, 'palette');
    same(await axeProblems(page), [], 'axe');
    await page.keyboard.press('Enter');
    await page.waitForFunction(
      () => document.activeElement?.closest('[data-tag="group_7/metric_39"]') !== null,
    );
    await chartsReady(page);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('theme dark');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
    await page.keyboard.press('Control+k');
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-testid=palette]', {state: 'detached'});
  });

  await runner.journey('keys are listed', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.keyboard.press('?');
    await page.waitForSelector('[data-testid=key-list]');
    same(await axeProblems(page), [], 'axe');
    await kit.shot(page, 'keys');
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-testid=key-list]', {state: 'detached'});
  });
}

/** Points that the chart of `tag` must hold when the runs that `keep` names are drawn. */
async function pointsOf(fixture, tag, keep) {
  const {windowOf} = await import('../../ui/dev/fixture.mjs');
  const request = fixture.requests
    .filter(([, path]) => path === '/api/v1/columns')
    .map(([, , body]) => JSON.parse(body))
    .find((r) => r.width > 1);
  return fixture.runs
    .filter((run) => keep(run.name))
    .reduce((n, run) => n + windowOf(run, tag, request).rows.length, 0);
}
