// The graph.

import {axeProblems} from '../browser.mjs';
import {same, that} from '../runner.mjs';
import {on} from './page_kit.mjs';

export async function graphsJourneys(runner) {
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
}
