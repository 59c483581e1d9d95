// Time series: cards that are pinned, moved, made of several tags, saved.

import {readFile} from 'node:fs/promises';
import {axeProblems, chartsReady, phone} from '../browser.mjs';
import {chartOf, facts, waitForFacts} from '../chart_probe.mjs';
import {Run} from '../../../ui/dev/logs.mjs';
import {same, that} from '../runner.mjs';
import {columnRequests, on} from './page_kit.mjs';

const cardsIn = (page) =>
  page.$$eval('[data-testid=card]', (cards) =>
    cards
      .map((c) => ({tag: c.dataset.tag, box: c.getBoundingClientRect()}))
      .sort((a, b) => a.box.top - b.box.top || a.box.left - b.box.left)
      .map((c) => c.tag),
  );

const cardOf = (page, tag) => page.locator(`[data-testid=card][data-tag="${tag}"]`).first();

const openMenu = async (page, tag) => {
  const card = cardOf(page, tag);
  await card.hover();
  await card.locator('[data-testid=card-menu]').click();
};

/** Clicks something that saves a file; gives its name and text. */
const saved = async (page, selector) => {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(selector)]);
  return [download.suggestedFilename(), await readFile(await download.path())];
};

export async function cardsJourneys(runner) {
  await runner.journey(
    'pins stand first, in order, and come back on the next visit',
    async (kit) => {
      const fixture = await on(kit);
      const page = await kit.open(fixture.url);
      await chartsReady(page);
      for (const tag of ['loss/l2', 'accuracy/eval']) {
        const card = page.locator(`[data-testid=card][data-tag="${tag}"]`).last();
        await card.hover();
        await card.locator('[data-testid=pin]').click();
      }
      await page.waitForFunction(() => location.search.includes('pinnedCards'));
      same((await cardsIn(page)).slice(0, 2), ['loss/l2', 'accuracy/eval'], 'in order');
      await openMenu(page, 'loss/l2');
      await page.click('[data-testid=move-later]');
      await page.waitForFunction(() => {
        const pins = JSON.parse(new URLSearchParams(location.search).get('pinnedCards'));
        return pins[0].tag === 'accuracy/eval';
      });
      // A visit without an address finds them again, and so does one that was told not to keep them not.
      await page.goto(fixture.url);
      await chartsReady(page);
      await page.getByRole('button', {name: /^Pinned 2/}).waitFor();
      await kit.shot(page, 'pinned');
      await page.click('[data-testid=unpin-all]');
      await page.waitForFunction(() => !location.search.includes('pinnedCards'));
      await page.goto(fixture.url);
      await chartsReady(page);
      same(await page.getByRole('button', {name: /^Pinned/}).count(), 0, 'gone for good');
    },
  );

  await runner.journey(
    'cards are moved by drag and by keys, and stay where they were put',
    async (kit) => {
      const fixture = await on(kit);
      const page = await kit.open(`${fixture.url}?tagFilter=`);
      await chartsReady(page);
      const before = (await cardsIn(page)).filter((tag) => tag.startsWith('loss/'));
      same(before, ['loss/eval', 'loss/l2', 'loss/train'], 'natural order');
      await page
        .locator('[data-testid=card][data-tag="loss/train"] [data-testid=card-head] h3')
        .dragTo(
          page.locator('[data-testid=card][data-tag="loss/eval"] [data-testid=card-head] h3'),
        );
      await page.waitForFunction(() => {
        const left = (tag) =>
          document.querySelector(`[data-tag="${tag}"]`).getBoundingClientRect().left;
        return left('loss/train') < left('loss/eval');
      });
      await chartOf(page, 'loss/eval').focus();
      await page.keyboard.press('Alt+Shift+ArrowRight');
      await page.waitForFunction(() => {
        const left = (tag) =>
          document.querySelector(`[data-tag="${tag}"]`).getBoundingClientRect().left;
        return left('loss/l2') < left('loss/eval');
      });
      await page.reload();
      await chartsReady(page);
      same(
        (await cardsIn(page)).filter((tag) => tag.startsWith('loss/')),
        ['loss/train', 'loss/l2', 'loss/eval'],
        'kept',
      );
    },
  );

  await runner.journey('a chart of several tags is made, changed and removed', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.click('[data-testid=new-chart]');
    await page.fill('[data-testid=builder-filter]', 'loss/(train|eval)');
    await page.getByRole('button', {name: 'Add all that match'}).click();
    await page.fill('[data-testid=chart-name]', 'Both losses');
    same(await axeProblems(page), [], 'axe');
    await page.click('[data-testid=save-chart]');
    await waitForFacts(page, 'Both losses', (f) => f.lines === 16);
    await chartOf(page, 'Both losses').hover({position: {x: 150, y: 100}});
    await page.getByText('cnn-small/seed0 · loss/train').first().waitFor();
    await page.mouse.move(700, 60);
    await kit.shot(page, 'own-chart');
    await page.waitForFunction(() => location.search.includes('chart='));
    await page.reload();
    await waitForFacts(page, 'Both losses', (f) => f.lines === 16);
    await openMenu(page, 'Both losses');
    await page.click('[data-testid=edit-chart]');
    await page.getByRole('checkbox', {name: 'loss/eval', exact: true}).uncheck();
    await page.fill('[data-testid=chart-name]', 'One loss');
    await page.click('[data-testid=save-chart]');
    await waitForFacts(page, 'One loss', (f) => f.lines === 8);
    await openMenu(page, 'One loss');
    await page.click('[data-testid=remove-chart]');
    await page.waitForFunction(() => !location.search.includes('chart='));
    same(await page.locator('[data-tag="One loss"]').count(), 0, 'removed');
  });

  await runner.journey(
    'every point can be saved, and pictures, of one chart or all',
    async (kit) => {
      const fixture = await on(kit);
      const page = await kit.open(fixture.url);
      await chartsReady(page);
      await openMenu(page, 'accuracy/train');
      const [name, csv] = await saved(page, '[data-testid=download-csv]');
      same(name, 'accuracy_train.csv', 'name');
      const lines = csv.toString('utf8').split('\r\n');
      same(lines[0], 'tag,run,step,wall_time_s,value,smoothed', 'head');
      const points = fixture.runs.reduce(
        (n, run) => n + run.scalars.get('accuracy/train').steps.length,
        0,
      );
      same(lines.length - 2, points, 'every point, whatever the chart draws');
      const exact = columnRequests(fixture).find((r) => r.width === 0);
      that(exact.precision === undefined, 'to the last digit');
      await openMenu(page, 'accuracy/train');
      const [, json] = await saved(page, '[data-testid=download-json]');
      same(JSON.parse(json.toString('utf8')).points.length, points, 'JSON');
      await openMenu(page, 'accuracy/train');
      const [svgName, svg] = await saved(page, '[data-testid=download-svg]');
      same(svgName, 'accuracy_train.svg', 'name');
      const text = svg.toString('utf8');
      await page.evaluate(async (source) => {
        // A browser shows nothing of a file that is not well formed.
        const image = new Image();
        image.src = URL.createObjectURL(new Blob([source], {type: 'image/svg+xml'}));
        await image.decode();
      }, text);
      that((text.match(/<path [^>]*fill="none"/g) ?? []).length >= 16, 'lines and their names');
      that(text.includes('>cnn-small/seed0<') && text.includes('>accuracy/train<'), 'names');
      const colours = [...text.matchAll(/(?:stroke|fill)="([^"]*)"/g)].map(([, colour]) => colour);
      that(
        colours.every((c) => c === 'none' || /^#[0-9a-f]{6}$/.test(c)),
        'colours that any program knows',
      );
      await openMenu(page, 'accuracy/train');
      const [, png] = await saved(page, '[data-testid=download-png]');
      same(png.subarray(1, 4).toString('latin1'), 'PNG', 'a PNG');
      await page.fill('[data-testid=tag-filter]', '^loss/');
      await page.waitForFunction(
        () => document.querySelectorAll('[data-testid=card]').length === 3,
      );
      await page.keyboard.press('Escape');
      await page.click('[data-testid=download-all]');
      await page.getByText('3 charts, the runs shown').waitFor();
      const [allName, all] = await saved(page, '[data-testid=all-csv]');
      same(allName, 'charts.csv', 'name');
      const tags = new Set(
        all
          .toString('utf8')
          .split('\r\n')
          .slice(1, -1)
          .map((l) => l.split(',')[0]),
      );
      same([...tags], ['loss/eval', 'loss/l2', 'loss/train'], 'the charts that the filter leaves');
      await page.click('[data-testid=download-all]');
      const [, pictures] = await saved(page, '[data-testid=all-svg]');
      that(
        (pictures.toString('utf8').match(/font-weight="550"/g) ?? []).length === 3,
        'three titles',
      );
    },
  );

  await runner.journey('a download that fails says why', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url, {expect: [/503/]});
    await chartsReady(page);
    fixture.failNext('/api/v1/columns', 1);
    await page.click('[data-testid=download-all]');
    await page.click('[data-testid=all-json]');
    await page.getByText('The disk did not answer in time.').waitFor();
  });

  await runner.journey('the tag filter offers what it finds', async (kit) => {
    const fixture = await on(kit, 'many');
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.keyboard.press('/');
    await page.keyboard.type('metric_');
    await page.waitForSelector('[data-testid=suggestions]');
    same(await page.getByRole('option').count(), 25, 'at most so many');
    await page.getByText('and 15 more tags').waitFor();
    same(await axeProblems(page), [], 'axe');
    await kit.shot(page, 'suggestions');
    await page.keyboard.type('3');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=card]').length === 1);
    same(await page.inputValue('[data-testid=tag-filter]'), '^group_1/metric_33$', 'taken');
    await page.fill('[data-testid=tag-filter]', 'metric_(');
    await page.waitForFunction(
      () =>
        document.querySelector('[data-testid=tag-filter]').getAttribute('aria-invalid') === 'true',
    );
    await page.waitForSelector('[data-testid=no-match]');
    await page.getByRole('button', {name: 'Clear', exact: true}).last().click();
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=card]').length > 4);
  });

  await runner.journey('histograms join the line charts, or stand alone', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.click('[data-testid=chart-options]');
    const kinds = page.getByRole('radiogroup', {name: 'Cards'});
    await kinds.getByText('Histograms').click();
    await page.waitForFunction(
      () => document.querySelectorAll('[data-tag]:not([data-histogram])').length === 0,
    );
    await page.getByRole('article', {name: 'hidden1/weights, mlp-128-32/lr1e-2'}).waitFor();
    await kinds.getByText('All').click();
    await page.waitForSelector('[data-tag="learning_rate"]');
    await page.waitForFunction(() => location.search.includes('kinds=all'));
    await page.keyboard.press('Escape');
    await page.fill('[data-testid=tag-filter]', 'weights|l2');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=card]').length === 4);
    await chartsReady(page);
    await kit.shot(page, 'kinds');
  });

  await runner.journey(
    'the width of charts follows its slider and one card takes a row',
    async (kit) => {
      const fixture = await on(kit);
      const page = await kit.open(fixture.url);
      await chartsReady(page);
      const width = () =>
        page.$eval('[data-tag="loss/l2"]', (card) => card.getBoundingClientRect().width);
      const before = await width();
      await page.click('[data-testid=chart-options]');
      await page.locator('[data-testid=card-width]').fill('500');
      await page.waitForFunction(
        (old) =>
          document.querySelector('[data-tag="loss/l2"]').getBoundingClientRect().width > old + 100,
        before,
      );
      await page.getByRole('button', {name: 'Reset', exact: true}).click();
      await page.keyboard.press('Escape');
      await page.waitForFunction(
        (old) =>
          document.querySelector('[data-tag="loss/l2"]').getBoundingClientRect().width === old,
        before,
      );
      await cardOf(page, 'loss/l2').hover();
      await cardOf(page, 'loss/l2').locator('[data-testid=full-width]').click();
      await page.waitForFunction(
        (old) =>
          document.querySelector('[data-tag="loss/l2"]').getBoundingClientRect().width > old * 2,
        before,
      );
      await page.waitForFunction(() => location.search.includes('wide='));
    },
  );

  await runner.journey('images stand among the cards, step by step', async (kit) => {
    const fixture = await on(kit, 'images');
    const page = await kit.open(`${fixture.url}?kinds=images`);
    const card = page.locator('[data-testid=card][data-tag="samples/rings"]').first();
    await card.locator('[data-testid=image]').nth(2).waitFor();
    same(await page.locator('[data-testid=card]').count(), 2, 'a card for each run');
    const steps = card.locator('[data-testid=image-step]');
    const areLoaded = () =>
      page.waitForFunction(() =>
        [...document.querySelectorAll('[data-testid=image]')].every((i) => i.naturalWidth === 28),
      );
    await areLoaded();
    same(await steps.getAttribute('aria-valuetext'), 'Step 1,900', 'the newest first');
    await kit.shot(page, 'images');
    await steps.focus();
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=image]').src.includes('step=1500'),
    );
    await areLoaded();
    // A card that was moved stays; the other one goes on with what comes.
    for (const run of fixture.runs) run.images?.get('samples/rings').push({step: 2000});
    fixture.tell({
      series: [
        [0, 'samples/rings', 6],
        [4, 'samples/rings', 6],
      ],
    });
    await page.waitForFunction(() =>
      document.querySelectorAll('[data-testid=image]')[3]?.src.includes('step=2000'),
    );
    same(await steps.getAttribute('aria-valuetext'), 'Step 1,500', 'where it was put');
    await card.hover();
    await card.locator('[data-testid=actual-size]').click();
    same(
      await card
        .locator('[data-testid=image]')
        .first()
        .evaluate((i) => i.clientWidth),
      28,
      'as logged',
    );
    await page.click('[data-testid=chart-options]');
    await page.getByLabel('Contrast').fill('2');
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=image]').style.filter.includes('contrast(2)'),
    );
    await page.keyboard.press('Escape');
    await card.hover();
    await card.locator('[data-testid=pin]').click();
    await page.waitForFunction(() => location.search.includes('images'));
    await page.reload();
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=card]').length === 3);
    same(await axeProblems(page), [], 'axe');
  });

  await runner.journey('a step chosen for all charts is the one that images show', async (kit) => {
    const fixture = await on(kit, 'images');
    const page = await kit.open(`${fixture.url}?kinds=images&steps=1020`);
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=image]')?.src.includes('step=1000'),
    );
    await page.goto(`${fixture.url}?kinds=images&steps=700`);
    await page.getByText('No image at step 700').first().waitFor();
  });

  await runner.journey(
    'a chart that no shown run has is not there, unless asked for',
    async (kit) => {
      const fixture = await on(kit);
      const lonely = new Run('lonely', 99);
      for (let step = 0; step < 20; step++) lonely.add('only/here', step, step);
      fixture.runs.push(lonely);
      const page = await kit.open(fixture.url);
      await chartsReady(page);
      await chartOf(page, 'only/here').waitFor();
      await page.getByRole('checkbox', {name: /lonely/}).click();
      await chartOf(page, 'only/here').waitFor({state: 'detached'});
      await page.click('[data-testid=chart-options]');
      await page.locator('[data-testid=hide-empty]').click();
      await page.keyboard.press('Escape');
      await page.locator('[data-tag="only/here"]').getByText('No run is shown').waitFor();
      await page.getByRole('button', {name: 'None', exact: true}).click();
      await page.locator('[data-testid=card]').first().getByText('No run is shown').waitFor();
    },
  );

  await runner.journey('two fingers zoom, one reads', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url, {viewport: phone, hasTouch: true});
    await chartsReady(page);
    const whole = await facts(page, 'learning_rate');
    const box = await chartOf(page, 'learning_rate').boundingBox();
    const touch = await page.context().newCDPSession(page);
    const points = (...xs) => xs.map((x, id) => ({x: box.x + x, y: box.y + 80, id}));
    const send = (type, touchPoints) => touch.send('Input.dispatchTouchEvent', {type, touchPoints});
    await send('touchStart', points(120));
    await send('touchStart', points(120, 180));
    for (const spread of [10, 20, 30, 40])
      await send('touchMove', points(120 - spread, 180 + spread));
    await send('touchEnd', []);
    await waitForFacts(
      page,
      'learning_rate',
      (f) => f.x.hi - f.x.lo < (whole.x.hi - whole.x.lo) * 0.7,
    );
    await kit.shot(page, 'phone-zoomed');
    await page.locator('[data-testid=reset-zoom]').first().tap();
    await waitForFacts(page, 'learning_rate', (f) => f.x.hi === whole.x.hi);
  });
}
