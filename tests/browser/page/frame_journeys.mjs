// The frame: addresses, live state, themes, languages, the phone, search, keys.

import {Fixture} from '../../../ui/dev/fixture.mjs';
import {Run, trainStep} from '../../../ui/dev/logs.mjs';
import {axeProblems, chartsReady, phone} from '../browser.mjs';
import {chartOf, dragOver, facts, waitForFacts} from '../chart_probe.mjs';
import {same, that} from '../runner.mjs';
import {columnRequests, on, runNames, uiDir} from './page_kit.mjs';

export async function frameJourneys(runner) {
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
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=card]').length === 2);
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

  await runner.journey('a short link opens the same view; an unknown one says so', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(
      `${fixture.url}?token=secret&smoothing=0.9&hide=baseline/linear&sort=-hparam:lr`,
    );
    await chartsReady(page);
    await page.click('[data-testid=copy-link]');
    const link = /Copied: (\S+)/.exec(await page.textContent('[data-testid=notice]'))[1];
    same(link, `${fixture.url}?s=view0`, 'link');
    that(!fixture.views.get('view0').includes('secret'), 'no token in it');
    const other = await kit.open(link);
    await chartsReady(other);
    await other.waitForFunction(() => location.search.includes('smoothing=0.9'));
    same(await other.textContent('[data-testid=shown-count]'), '7 of 8 shown', 'hidden run');
    same(await other.inputValue('[data-testid=smoothing]'), '0.9', 'smoothing');
    same((await runNames(other))[0], 'mlp-128-32/crashed', 'sorted');
    that(!(await other.evaluate(() => location.search.includes('s=view0'))), 'the whole address');
    const unknown = await kit.open(`${fixture.url}?s=nothing&tagFilter=loss`, {expect: [/404/]});
    await unknown.getByText('there is no such short link').waitFor();
    same(await unknown.inputValue('[data-testid=tag-filter]'), 'loss', 'the rest holds');
  });

  await runner.journey("TensorBoard's addresses open the same view", async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(
      `${fixture.url}?darkMode=true#scalars&tagFilter=loss&regexInput=cnn&_smoothingWeight=0.2`,
    );
    await chartsReady(page);
    same(await page.inputValue('[data-testid=tag-filter]'), 'loss', 'filter');
    same(await page.inputValue('[data-testid=smoothing]'), '0.2', 'smoothing');
    same(await runNames(page), ['cnn-small/seed0', 'cnn-small/seed1'], 'runs');
    same(await page.evaluate(() => document.documentElement.dataset.theme), 'dark', 'theme');
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

  await runner.journey('names nobody should choose are text', async (kit) => {
    const fixture = await on(kit, 'hostile');
    for (const tab of ['timeseries', 'histograms']) {
      const page = await kit.open(`${fixture.url}#${tab}`);
      await page.waitForSelector('[data-testid=chart][data-state=ready]');
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
      // The bar is narrower than its tabs: the one that is shown is in sight.
      const graph = await kit.open(`${fixture.url}#graphs`, {viewport: phone, hasTouch: true});
      await graph.waitForFunction(() => {
        const tab = document.querySelector('#tab-graphs[aria-selected=true]');
        const at = tab?.getBoundingClientRect();
        const bar = tab?.closest('[role=tablist]').getBoundingClientRect();
        return at !== undefined && at.left >= bar.left && at.right <= bar.right + 1;
      });
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

  await runner.journey('all charts are printed, light, with the names of the runs', async (kit) => {
    const fixture = await on(kit, 'many');
    const page = await kit.open(fixture.url, {theme: 'dark'});
    await chartsReady(page);
    await page.evaluate(() => {
      window.print = () => {
        const charts = [...document.querySelectorAll('.fl-chart')];
        window.printed = {
          charts: charts.length,
          drawn: charts.filter((c) => c.querySelector('canvas').fanlightFacts().segments > 0)
            .length,
          names: document.querySelectorAll('.fl-print-legend li').length,
          theme: document.documentElement.dataset.theme,
        };
      };
    });
    await page.keyboard.press('Control+p');
    await page.waitForFunction(() => window.printed !== undefined);
    const printed = await page.evaluate(() => window.printed);
    same(printed, {charts: 40, drawn: 40, names: 50, theme: 'light'}, 'on paper');
    await page.waitForFunction(() => document.querySelector('.fl-printing') === null);
    that(
      (await page.locator('[data-testid=chart]').count()) < 40,
      'cards out of view are gone again',
    );
    same(await page.evaluate(() => document.documentElement.dataset.theme), undefined, 'theme');
  });

  await runner.journey('loading shows how far it is; damage says which file', async (kit) => {
    const loading = await on(kit, 'loading');
    const page = await kit.open(loading.url);
    await chartsReady(page);
    await page.waitForFunction(() =>
      /Loading 3\d %/.test(document.querySelector('[data-testid=live]').textContent),
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

  await runner.journey(
    'the stream begins although its worker could not be fetched',
    async (kit) => {
      const fixture = await on(kit, 'young');
      fixture.failNext('/assets/stream_worker', 1);
      const page = await kit.open(fixture.url, {expect: [/503/]});
      await page.locator('[data-testid=live]', {hasText: 'Live'}).waitFor();
      fixture.grow(1);
      await waitForFacts(page, 'accuracy/train', (f) => f.x.hi === 40);
    },
  );

  await runner.journey('a reader that was too slow reads everything again', async (kit) => {
    const fixture = await on(kit, 'young');
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.locator('[data-testid=live]', {hasText: 'Live'}).waitFor();
    // Two steps that no message told of.
    const run = fixture.runs[0];
    for (let i = 0; i < 2; i++) trainStep(run, run.lastStep + 1, run.how);
    fixture.tellReload();
    await waitForFacts(page, 'accuracy/train', (f) => f.x.hi === 41);
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
