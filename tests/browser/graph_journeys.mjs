// The graph as the real server cuts it and the page draws it: docs/design/page.md.

import {cp, mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {axeProblems, phone} from './browser.mjs';
import {same, that} from './runner.mjs';

const box = (path) => `[data-testid=graph-box][data-path=${JSON.stringify(path)}]`;
const sign = (path) => `[data-sign=${JSON.stringify(path)}]`;

/** Every box and sign in place: the layout has been drawn, and nothing is being read. */
async function settled(page) {
  await page.waitForSelector('[data-testid=graph-panel] [aria-busy=false]');
}

async function open(page, path, inner) {
  await page.locator(sign(path)).click();
  await page.waitForSelector(box(inner));
  await settled(page);
}

/** The middle of a box on the screen. */
async function middle(page, path) {
  const at = await page.locator(box(path)).boundingBox();
  return {x: at.x + at.width / 2, y: at.y + at.height / 2};
}

/**
 * @param tools `golden` the folder of golden files, `start(kit, logdir)` serves it and gives the address, `folder(kit)` a new
 * folder.
 */
export async function graphJourneys(runner, {golden, start, folder}) {
  const mnist = async (kit) => {
    const logdir = await folder(kit);
    await mkdir(join(logdir, 'mnist'));
    await cp(join(golden, 'mnist_small'), join(logdir, 'mnist'), {recursive: true});
    return start(kit, logdir);
  };

  await runner.journey(
    'graph: scopes open and close, nodes are chosen and followed',
    async (kit) => {
      const url = await mnist(kit);
      const page = await kit.open(`${url}#graphs`);
      await page.waitForSelector(box('hidden1'));
      await settled(page);
      same(await axeProblems(page), [], 'axe');
      // Data flow upwards.
      const below = await middle(page, 'hidden1');
      const above = await middle(page, 'hidden2');
      that(above.y < below.y, `hidden2 stands above hidden1: ${above.y} < ${below.y}`);

      await open(page, 'hidden1', 'hidden1/MatMul');
      await page.locator(box('hidden1/MatMul')).click();
      const facts = page.locator('[data-testid=node-facts]');
      await facts.getByRole('heading', {name: 'hidden1/MatMul'}).waitFor();
      await facts.getByText('transpose_a').waitFor();
      await kit.shot(page, 'graph-open');
      same(await axeProblems(page), [], 'axe, open');

      // A node inside a closed scope: its scopes open around it.
      await facts.getByText('hidden1/weights/read').click();
      await page.waitForSelector(`${box('hidden1/weights/read')}[aria-pressed=true]`);
      await page.waitForFunction(() => location.search.includes('node=hidden1%2Fweights%2Fread'));
      await page.reload();
      await page.waitForSelector(`${box('hidden1/weights/read')}[aria-pressed=true]`);

      // By the keyboard: Enter closes, Enter opens.
      await page.locator(box('hidden1')).focus();
      await page.keyboard.press('Enter');
      await page.waitForSelector(box('hidden1/MatMul'), {state: 'detached'});
      await page.locator(box('hidden1')).focus();
      await page.keyboard.press('Enter');
      await page.waitForSelector(box('hidden1/MatMul'));
    },
  );

  await runner.journey('graph: zoom, pan, fit, mini-map', async (kit) => {
    const url = await mnist(kit);
    const page = await kit.open(`${url}#graphs`, {theme: 'dark'});
    await page.waitForSelector(box('hidden1'));
    await settled(page);
    const at = await middle(page, 'hidden1');
    const size = async () => (await page.locator(box('hidden1')).boundingBox()).width;
    const before = await size();
    await page.mouse.move(at.x, at.y);
    for (let i = 0; i < 4; i++) await page.mouse.wheel(0, -200);
    await page.waitForFunction(
      ([selector, width]) => document.querySelector(selector).getBoundingClientRect().width > width,
      [box('hidden1'), before * 1.5],
    );
    const zoomed = await middle(page, 'hidden1');
    that(
      Math.hypot(zoomed.x - at.x, zoomed.y - at.y) < 3,
      'the zoom keeps what is under the pointer',
    );
    // The mini-map is there while only a part is in view.
    await page.waitForSelector('.fl-mini-map-place:not(.fl-hidden-map)');
    await page.mouse.move(at.x + 90, at.y + 60);
    await page.mouse.down();
    await page.mouse.move(at.x + 190, at.y + 110, {steps: 4});
    await page.mouse.up();
    const dragged = await middle(page, 'hidden1');
    that(Math.abs(dragged.x - zoomed.x - 100) < 12, `dragged by 100: ${dragged.x - zoomed.x}`);
    await kit.shot(page, 'graph-zoomed');
    await page.locator('[data-testid=graph-fit]').click();
    await page.waitForFunction(
      ([selector, width]) => document.querySelector(selector).getBoundingClientRect().width < width,
      [box('hidden1'), before * 1.2],
    );
  });

  await runner.journey('graph: search, trace, hubs, taking out and putting back', async (kit) => {
    const url = await mnist(kit);
    const page = await kit.open(`${url}#graphs`);
    await page.waitForSelector(box('hidden1'));
    await page.fill('[data-testid=node-filter]', 'hidden2/weights$');
    await page.locator('[data-testid=node]').first().click();
    await page.waitForSelector(`${box('hidden2/weights/(weights)')}[aria-pressed=true]`);
    await page.fill('[data-testid=node-filter]', '');

    await page.locator(box('hidden1')).click();
    await page.locator('[data-testid=graph-trace]').click();
    await page.waitForSelector(`${box('hidden2')}.fl-g-dim`);
    that((await page.locator(`${box('hidden1')}.fl-g-dim`).count()) === 0, 'the chosen one stays');
    await kit.shot(page, 'graph-traced');
    await page.locator('[data-testid=graph-trace]').click();
    await page.waitForSelector(`${box('hidden2')}.fl-g-dim`, {state: 'detached'});

    const lines = await page.locator('.fl-scene .fl-g-line').count();
    await page.locator('[data-testid=node-aside]').click();
    await page.waitForFunction(
      (n) => document.querySelectorAll('.fl-scene .fl-g-line').length < n,
      lines,
    );
    await settled(page);
    await page.locator('[data-testid=node-aside]').click();
    await page.waitForFunction(
      (n) => document.querySelectorAll('.fl-scene .fl-g-line').length >= n,
      lines,
    );
    await page.locator('[data-testid=graph-hubs]').click();
    await page.waitForSelector('[data-testid=graph-hubs][aria-pressed=false]');
    await settled(page);

    await page.getByRole('radio', {name: 'List'}).check({force: true});
    await page.waitForSelector('[data-testid=node-list] [data-row]');
    await kit.shot(page, 'graph-list');
  });

  await runner.journey('graph: layers of a Keras model, files, downloads', async (kit) => {
    const logdir = await folder(kit);
    await mkdir(join(logdir, 'keras'));
    await cp(join(golden, 'ev_plugin_keras'), join(logdir, 'keras'), {recursive: true});
    const url = await start(kit, logdir);
    const page = await kit.open(`${url}#graphs`, {expect: [/400 \(Bad Request\)/]});
    // The first run has no graph of ops: its layers are shown, not an error.
    await page.waitForSelector(box('sequential'));
    await open(page, 'sequential', 'sequential/d');
    await page.getByText('Dense').first().waitFor({state: 'attached'});

    await page.setInputFiles('[data-testid=graph-file]', join(golden, 'mnist_graph/mnist.meta'));
    await page.waitForSelector(box('softmax_linear'));
    await page.getByText('149 nodes').waitFor();
    for (const [kind, head] of [
      ['SVG', '<svg'],
      ['PNG', '\u0089PNG'],
    ]) {
      await page.locator('[data-testid=graph-download]').click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('menuitem', {name: kind}).click(),
      ]);
      const chunks = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk);
      const content = Buffer.concat(chunks).toString('latin1');
      that(content.startsWith(head), `${kind} begins with ${head}`);
      that(content.length > 5000, `${kind} holds the drawing`);
    }

    const broken = join(logdir, 'broken.pbtxt');
    await writeFile(broken, 'node {\n  name: 3\n}');
    await page.setInputFiles('[data-testid=graph-file]', broken);
    await page.getByRole('alert').getByText('broken.pbtxt').waitFor();
    await page.getByText('at line 2').waitFor();
  });

  await runner.journey('graph: names nobody should choose are text', async (kit) => {
    const url = await mnist(kit);
    const page = await kit.open(`${url}#graphs`);
    await page.waitForSelector(box('hidden1'));
    const hostile = join(await folder(kit), 'hostile.pbtxt');
    const names = [
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      '\u202Eesrever',
      '${7*7}',
      '//',
      'a//b',
    ];
    await writeFile(
      hostile,
      names
        .map(
          (name, i) =>
            `node { name: ${JSON.stringify(name)} op: "<b>" input: ${JSON.stringify(names[(i + 1) % names.length])} }`,
        )
        .join('\n'),
    );
    await page.setInputFiles('[data-testid=graph-file]', hostile);
    await page.waitForSelector(box('${7*7}'));
    same(
      await page.evaluate(() => document.querySelectorAll('#app script, #app img, #app b').length),
      0,
      'elements from names',
    );
    await page.locator(box('${7*7}')).click();
    await page.locator('[data-testid=node-facts]').waitFor();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    that(!wide, 'nothing is wider than the page');
  });

  await runner.journey('graph: on a phone, in Chinese', async (kit) => {
    const url = await mnist(kit);
    const page = await kit.open(`${url}#graphs`, {
      viewport: phone,
      hasTouch: true,
      locale: 'zh-CN',
    });
    await page.waitForSelector(box('hidden1'));
    await settled(page);
    await page.locator(box('softmax_linear')).tap();
    await page.locator('[data-testid=node-facts]').waitFor();
    // What a wide screen has in a row is behind one button.
    await page.locator('.fl-bar-toggle').tap();
    await page.locator('[data-testid=graph-colour]').tap();
    await page.getByRole('menuitemradio', {name: '设备'}).tap();
    await page.locator('[data-testid=graph-colour]').getByText('设备').waitFor();
    await page.locator('[data-testid=graph-trace]').tap();
    await page.waitForSelector('[data-testid=graph-trace][aria-pressed=true]');
    same(await axeProblems(page), [], 'axe');
    await kit.shot(page, 'graph-phone-tools');
    await page.locator('.fl-bar-toggle').tap();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    that(!wide, 'nothing is wider than the page');
    await kit.shot(page, 'graph-phone');
  });
}
