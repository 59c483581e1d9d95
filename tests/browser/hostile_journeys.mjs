// Logs and files that nobody should write, read by the real server and shown by the page: no harm, and words that say what is wrong.

import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {axeProblems, chartsReady, phone} from './browser.mjs';
import {EventLog, field} from './event_log.mjs';
import {same, that} from './runner.mjs';

const long = 'x'.repeat(10_000);
const names = [
  '<img src=x onerror=alert(1)>',
  '\u0001\u0007\u001b[31m\n\t\r',
  '\u202Eesrever\u2066',
  '__proto__',
  'a/../b',
  '{{7*7}}${7*7}',
  long,
  `${long}/${long}`,
];

const node = (name, op, inputs) =>
  field(
    1,
    Buffer.concat([
      field(1, Buffer.from(name)),
      field(2, Buffer.from(op)),
      ...inputs.map((input) => field(3, Buffer.from(input))),
    ]),
  );

const noElements = (page) =>
  page.evaluate(() => document.querySelectorAll('#app script, #app img').length);
const isWide = (page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

async function logOf(logdir, run, write) {
  await mkdir(join(logdir, run));
  const log = await EventLog.create(join(logdir, run, 'events.out.tfevents.1'));
  await write(log);
  await log.close();
}

/** @param tools As of `graphJourneys`. */
export async function hostileJourneys(runner, {start, folder}) {
  await runner.journey('hostile: histograms of no sense', async (kit) => {
    const logdir = await folder(kit);
    await logOf(logdir, 'r', async (log) => {
      for (const step of [0, 1]) {
        await log.histogram('edges', step, [0, Number.NaN, 1, Infinity], [1, 2, 3, 4]);
        await log.histogram('backwards', step, [3, 1, -2], [1, 2, 3]);
        await log.histogram('none', step, [], []);
        await log.histogram('huge', step, [1, 2], [1.5e308, 1.5e308]);
        await log.histogram('wide', step, [-1.7e308, 0, 1.7e308], [1, 1, 1]);
        await log.histogram('negative', step, [1, 2], [-1, 2]);
        await log.histogram('uneven', step, [1], [2, 3, 4]);
        for (const name of names) await log.histogram(name, step, [0, 1, 2], [1, 2, 3]);
      }
    });
    const url = await start(kit, logdir);
    for (const mode of ['offset', 'overlay', 'percentiles', 'heat']) {
      const page = await kit.open(`${url}?mode=${mode}#histograms`);
      await chartsReady(page);
      for (const tag of ['edges', 'backwards', 'huge', 'negative', 'wide']) {
        const chart = page.locator(`[data-tag="${tag}"] [data-testid=chart]`);
        await chart.scrollIntoViewIfNeeded();
        await chart.hover({position: {x: 120, y: 150}});
        await chart.focus();
        for (const key of ['ArrowUp', 'ArrowRight', ']', '+', '-', '[', '0'])
          await page.keyboard.press(key);
      }
      const words = (tag) => page.locator(`[data-tag="${tag}"]`).first().innerText();
      await page.locator('[data-tag="none"]').first().scrollIntoViewIfNeeded();
      await chartsReady(page);
      that(/finite|no values/i.test(await words('none')), `none: ${await words('none')}`);
      await page.locator('[data-tag="uneven"]').first().scrollIntoViewIfNeeded();
      await chartsReady(page);
      that(/could not be read/.test(await words('uneven')), await words('uneven'));
      same(await noElements(page), 0, 'elements from names');
      that(!(await isWide(page)), 'nothing is wider than the page');
      if (mode === 'offset') {
        await kit.shot(page, 'hostile-histograms');
        await page.reload();
        await chartsReady(page);
        same(await axeProblems(page), [], 'axe');
      }
    }
  });

  await runner.journey('hostile: names in a graph, graphs that are none', async (kit) => {
    const logdir = await folder(kit);
    const list = names.map((name, i) => node(name, '<b>', [names[(i + 1) % names.length]]));
    await logOf(logdir, 'names', (log) => log.graph(Buffer.concat(list)));
    await logOf(logdir, 'not-utf8', (log) =>
      log.graph(node(Buffer.from([0xff, 0xfe, 0x41]), 'Op', [])),
    );
    await logOf(logdir, 'cut', (log) => {
      const whole = Buffer.concat(list);
      return log.graph(whole.subarray(0, whole.length - 5));
    });
    await logOf(logdir, 'empty', (log) => log.graph(Buffer.alloc(0)));
    const url = await start(kit, logdir);
    for (const viewport of [undefined, phone]) {
      const page = await kit.open(`${url}?run=names#graphs`, {...(viewport && {viewport})});
      await page.waitForSelector('[data-testid=graph-box]');
      for (const box of await page.locator('[data-testid=graph-box]').all())
        await box.dispatchEvent('click');
      await page.locator('[data-testid=node-facts]').waitFor();
      same(await noElements(page), 0, 'elements from names');
      that(!(await isWide(page)), 'nothing is wider than the page');
      await kit.shot(page, viewport === undefined ? 'hostile-graph' : 'hostile-graph-phone');
      same(await axeProblems(page), [], 'axe');
    }
    for (const [run, words] of [
      ['not-utf8', 'its bytes are no GraphDef'],
      ['cut', 'its bytes are no GraphDef'],
    ]) {
      const page = await kit.open(`${url}?run=${run}#graphs`, {expect: [/500/]});
      await page.getByRole('alert').getByText(words).waitFor();
      await kit.shot(page, `hostile-graph-${run}`);
    }
    const page = await kit.open(`${url}?run=empty#graphs`, {expect: [/500|404|400/]});
    await page.getByText(/no nodes to draw|no GraphDef/).waitFor();

    // Files.
    for (const [name, bytes, words] of [
      ['syntax.pbtxt', 'node {\n  name: "a"\n  op "B"\n}\nnode {', 'at line 3'],
      ['not-utf8.pb', node(Buffer.from([0xff, 0xfe]), 'Op', []), 'neither a GraphDef'],
      ['cut.pb', Buffer.concat(list).subarray(0, 9_000), 'neither a GraphDef'],
      ['empty.pb', '', 'no graph in this file'],
    ]) {
      const path = join(logdir, name);
      await writeFile(path, bytes);
      const at = await kit.open(`${url}?run=names#graphs`, {expect: [/400/]});
      await at.waitForSelector('[data-testid=graph-box]');
      await at.setInputFiles('[data-testid=graph-file]', path);
      await at.getByRole('alert').getByText(words).waitFor();
      that((await at.locator('[data-testid=graph-box]').count()) > 0, 'the graph before stays');
    }
  });
}
