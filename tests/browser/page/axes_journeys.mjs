// Time series: what x and y are, how lines are smoothed, grouped and split.

import {axeProblems, chartsReady} from '../browser.mjs';
import {chartOf, dragOver, facts, waitForFacts} from '../chart_probe.mjs';
import {same, that} from '../runner.mjs';
import {columnRequests, on} from './page_kit.mjs';

const lastRequest = (fixture) => columnRequests(fixture).findLast((r) => r.width > 1);

/** Waits until the server was asked for something of which `condition` holds. */
async function asked(page, fixture, condition) {
  for (;;) {
    const found = columnRequests(fixture).find(condition);
    if (found !== undefined) return found;
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
  }
}

const choose = async (page, testId) => {
  await page.click('[data-testid=chart-options]');
  await page.click(`[data-testid=${testId}]`);
  await page.keyboard.press('Escape');
};

export async function axesJourneys(runner) {
  await runner.journey('x is step, relative time, wall time or another metric', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.getByText('Relative', {exact: true}).click();
    await waitForFacts(page, 'accuracy/eval', (f) => f.x.hi > 20 && f.x.hi < 30);
    await page.getByText('Wall', {exact: true}).click();
    await waitForFacts(page, 'accuracy/eval', (f) => f.x.lo > 1e9);
    await page.click('[data-testid=x-metric]');
    await page.fill('[data-testid=tag-picker]', 'loss/tr');
    await page.getByRole('button', {name: 'loss/train'}).click();
    const request = await asked(page, fixture, (r) => r.axis === 'metric');
    same(request.x_tag, 'loss/train', 'the metric');
    await waitForFacts(page, 'accuracy/eval', (f) => f.x.lo > 0 && f.x.hi < 4);
    await page.getByText('x: loss/train').first().waitFor();
    await chartOf(page, 'accuracy/eval').hover({position: {x: 150, y: 80}});
    await page.waitForSelector('[data-testid=readout]');
    that(/^x [\d.]+ · step \d+/.test(await page.textContent('[data-testid=readout]')), 'its x');
    await page.mouse.move(700, 60);
    await kit.shot(page, 'x-metric');
    await page.reload();
    await waitForFacts(page, 'accuracy/eval', (f) => f.x.hi < 4);
  });

  await runner.journey('a log axis either way; zooming keeps to it', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(`${fixture.url}?x=log&y=log`);
    await chartsReady(page);
    const whole = await facts(page, 'loss/l2');
    same(whole.x.lo, 1, 'step 0 has no place on a log axis');
    that(whole.y.lo > 0, 'nor has anything below zero');
    const {left, width} = whole.plot;
    // The left half of a log axis is the first half of the decades.
    await dragOver(page, chartOf(page, 'loss/l2'), left + 2, left + width / 2);
    await waitForFacts(page, 'loss/l2', (f) => f.x.hi < 60 && f.x.hi > 30);
    await kit.shot(page, 'log-axes');
    await choose(page, 'link-zoom');
    await page.click('[data-testid=chart-options]');
    const scale = page.getByRole('radiogroup', {name: 'Horizontal scale'});
    await scale.getByText('Linear').click();
    await page.waitForFunction(() => !location.search.includes('x=log'));
  });

  await runner.journey('six kinds of smoothing; the card says which', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.fill('[data-testid=smoothing-value]', '0.9');
    await page.keyboard.press('Enter');
    const wanted = [
      ['tensorboard', (s) => s.weight === 0.9, 'as TensorBoard'],
      ['time', (s) => s.kind === 'time_ema' && s.half_life > 0, 'EMA by distance'],
      ['mean', (s) => s.radius === 9, 'mean'],
      ['gaussian', (s) => s.sigma === 5.36, 'Gaussian'],
      ['median', (s) => s.radius === 9, 'median'],
    ];
    for (const [kind, isRight, text] of wanted) {
      await page.click('[data-testid=smoothing-kind]');
      await page.click(`[data-testid=smooth-${kind}]`);
      const name = kind === 'time' ? 'time_ema' : kind;
      const request = await asked(page, fixture, (r) => r.smoothing?.kind === name);
      that(isRight(request.smoothing), JSON.stringify(request.smoothing));
      await page.waitForFunction(
        (end) =>
          document.querySelector('[data-testid=card-note]').textContent.endsWith(` · ${end}`),
        text,
      );
    }
    await chartsReady(page);
    await kit.shot(page, 'smoothing');
    await page.locator('[data-testid=smoothing]').fill('0');
    await page.waitForFunction(() => location.search.includes('smoothing=0'));
    await asked(page, fixture, (r) => r.width > 1 && r.smoothing === undefined);
    await chartsReady(page);
  });

  await runner.journey('runs as their mean in each kind of band', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.getByText('Mean ± std').click();
    await waitForFacts(page, 'accuracy/eval', (f) => f.lines === 1);
    same(lastRequest(fixture).band, 'std', 'the band');
    same(lastRequest(fixture).groups[0].runs.length, 8, 'every run of the group');
    await page.click('[data-testid=chart-options]');
    const bands = page.getByRole('radiogroup', {name: 'Band around the mean'});
    await bands.getByText('min–max').click();
    await asked(page, fixture, (r) => r.band === 'range');
    await bands.getByText('quartiles').click();
    await asked(page, fixture, (r) => r.band?.quantiles?.join() === '0.25,0.75');
    same(await axeProblems(page), [], 'axe');
    await page.keyboard.press('Escape');
    await chartsReady(page);
    await kit.shot(page, 'band');
    // It grows as its runs do.
    const before = (await facts(page, 'accuracy/train')).x.hi;
    fixture.grow(10);
    await waitForFacts(page, 'accuracy/train', (f) => f.x.hi === before + 10);
  });

  await runner.journey(
    'older points and falling steps are there for those who ask',
    async (kit) => {
      const fixture = await on(kit, 'restarted');
      const page = await kit.open(fixture.url);
      await chartsReady(page);
      const calm = await facts(page, 'loss');
      same([calm.lines, calm.points], [2, 300 + 150], 'superseded points are hidden');
      await choose(page, 'show-older');
      await waitForFacts(page, 'loss', (f) => f.points === 100 + 100 + 170 + 150);
      // Three pieces of the broken run, three of the careless one.
      same((await facts(page, 'loss')).lines, 6, 'lines');
      await chartOf(page, 'loss').hover({position: {x: 120, y: 80}});
      await page.getByText('broken: 1').waitFor();
      await page.mouse.move(700, 60);
      await kit.shot(page, 'older');
      await choose(page, 'show-older');
      await waitForFacts(page, 'loss', (f) => f.lines === 2);
      await choose(page, 'split-falls');
      await waitForFacts(page, 'loss', (f) => f.lines === 4);
    },
  );

  await runner.journey('ranges by hand, from the axis and from the menu', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    const whole = await facts(page, 'accuracy/eval');
    const card = page.locator('[data-testid=card][data-tag="accuracy/eval"]').first();
    await card.locator('[data-testid=chart]').hover();
    await card.locator('[data-testid=edit-y]').click();
    const form = page.locator('[data-testid=axis-range]');
    await form.getByLabel('Min').fill('0.5');
    await form.getByLabel('Max').fill('0.4');
    await form.getByRole('alert').waitFor();
    that(await form.getByRole('button', {name: 'Apply'}).isDisabled(), 'nonsense is not applied');
    await form.getByLabel('Max').fill('2');
    await page.keyboard.press('Enter');
    await waitForFacts(page, 'accuracy/eval', (f) => f.y.lo === 0.5 && f.y.hi === 2);
    same((await facts(page, 'accuracy/eval')).x, whole.x, 'x stays as it is');
    await card.hover();
    await card.locator('[data-testid=card-menu]').click();
    await page.click('[data-testid=x-range]');
    await form.getByLabel('Min').fill('100');
    await form.getByLabel('Max').fill('900');
    await page.keyboard.press('Enter');
    await waitForFacts(page, 'accuracy/eval', (f) => f.x.lo === 100 && f.y.hi === 2);
    await page.waitForFunction(() => location.search.includes('zoom=100%2C900'));
    await page.reload();
    await waitForFacts(page, 'accuracy/eval', (f) => f.x.hi === 900 && f.y.lo === 0.5);
    await chartOf(page, 'accuracy/eval').dblclick({position: {x: 150, y: 80}});
    await waitForFacts(page, 'accuracy/eval', (f) => f.x.hi === whole.x.hi && f.y.hi < 2);
  });

  await runner.journey('linked charts zoom together and come back together', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    const whole = await facts(page, 'accuracy/eval');
    await choose(page, 'link-zoom');
    await dragOver(page, chartOf(page, 'accuracy/train'), 100, 200);
    await waitForFacts(page, 'accuracy/eval', (f) => f.x.hi < whole.x.hi);
    same(
      (await facts(page, 'accuracy/eval')).x,
      (await facts(page, 'accuracy/train')).x,
      'the same range',
    );
    await page.waitForFunction(() => /link=[\d.]+%2C/.test(location.search));
    await kit.shot(page, 'linked');
    await chartOf(page, 'accuracy/eval').dblclick({position: {x: 150, y: 80}});
    await waitForFacts(page, 'accuracy/train', (f) => f.x.lo === 0 && f.x.hi > 1900);
    // By keys: + zooms about the cursor, Esc comes back.
    await chartOf(page, 'accuracy/train').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('+');
    await waitForFacts(page, 'accuracy/eval', (f) => f.x.hi < 1200);
    await page.keyboard.press('0');
    await waitForFacts(page, 'accuracy/eval', (f) => f.x.hi === whole.x.hi);
  });
}
