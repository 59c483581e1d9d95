// Histograms.

import {axeProblems, chartsReady} from '../browser.mjs';
import {same, that} from '../runner.mjs';
import {on} from './page_kit.mjs';

export async function histogramsJourneys(runner) {
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
}
