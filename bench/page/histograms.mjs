// What a person waits for at a card of histograms: one fresh Chromium, one visit. Prints one JSON object.
//   node bench/page/histograms.mjs --url http://127.0.0.1:6006/ --tag layer/0 --mode offset|overlay|percentiles|heat
//
//   firstMs    from the press on the dashboard's tab until its card is painted; the dashboard's script comes meanwhile
//   againMs    the same once more, from another dashboard
//   serverMs   of the first one, what the request for the histograms took
//   hoverMs    from a move of the pointer until the frame that tells of it is painted, mean over the moves
//   firstCpuMs, againCpuMs  what of these the renderer computed: other programs disturb it less
//   sameFrame  part of the moves whose readout was there before the frame after them was painted

import {createRequire} from 'node:module';
import {existsSync} from 'node:fs';
import {parseArgs} from 'node:util';

const require = createRequire(new URL('../../ui/package.json', import.meta.url));
const {chromium} = require('playwright-core');
const {values} = parseArgs({
  options: {
    url: {type: 'string'},
    tag: {type: 'string'},
    mode: {type: 'string', default: 'offset'},
    shot: {type: 'string'},
  },
});
const moves = 20;
const limitMs = 60_000;
const executablePath =
  process.env.CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** Runs in the page before its own scripts. */
function probe() {
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const isDrawn = (tag) =>
    [...document.querySelectorAll('[data-testid=card]')].some((card) => {
      if (card.dataset.tag !== tag || card.dataset.histogram === undefined) return false;
      const chart = card.querySelector('[data-testid=chart]');
      const facts = card.querySelector('canvas')?.fanlightFacts?.();
      const steps = facts?.ridges ?? facts?.points ?? 0;
      return chart?.dataset.state === 'ready' && steps > 0 && facts.draws > 0;
    });
  window.histogramProbe = {
    /** Presses a dashboard's tab; milliseconds until its card of `tag` is painted. */
    async open(tag, limitMs) {
      const began = performance.now();
      document.querySelector('[data-testid=tab-histograms]').click();
      while (!isDrawn(tag)) {
        if (performance.now() - began > limitMs) throw new Error(`no card of ${tag} was drawn`);
        await new Promise(requestAnimationFrame);
      }
      await painted();
      return performance.now() - began;
    },
    serverMs() {
      const [entry] = performance
        .getEntriesByType('resource')
        .filter((e) => e.name.endsWith('/api/v1/histograms'));
      return entry === undefined ? undefined : entry.responseEnd - entry.startTime;
    },
    async hover(count) {
      const chart = document.querySelector(
        '[data-testid=card][data-histogram] [data-testid=chart]',
      );
      const box = chart.getBoundingClientRect();
      const text = () => document.querySelector('[data-testid=readout]')?.textContent;
      let total = 0;
      let same = 0;
      for (let i = 0; i < count; i++) {
        await painted();
        const before = text();
        const began = performance.now();
        chart.dispatchEvent(
          new PointerEvent('pointermove', {
            bubbles: true,
            pointerType: 'mouse',
            clientX: box.left + 60 + (i * (box.width - 120)) / count,
            clientY: box.top + 60 + (i % 5) * 20,
          }),
        );
        await new Promise(requestAnimationFrame);
        if (text() !== undefined && text() !== before) same++;
        await new Promise((done) => setTimeout(done));
        total += performance.now() - began;
      }
      return {hoverMs: total / count, sameFrame: same / count};
    },
  };
}

const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-sync', '--disable-gpu'],
});
try {
  const context = await browser.newContext({viewport: {width: 1600, height: 1000}});
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable');
  const cpuMs = async () => {
    const {metrics} = await session.send('Performance.getMetrics');
    return metrics.find((m) => m.name === 'ProcessTime').value * 1000;
  };
  await page.addInitScript(probe);
  const query = new URLSearchParams({mode: values.mode, tagFilter: `^${values.tag}$`});
  await page.goto(new URL(`?${query}#graphs`, values.url).href);
  await page.waitForSelector('[data-testid=tab-histograms]');
  await page.waitForTimeout(500);
  const open = () =>
    page.evaluate(([tag, limit]) => window.histogramProbe.open(tag, limit), [values.tag, limitMs]);
  const atFirst = await cpuMs();
  const firstMs = await open();
  const firstCpuMs = (await cpuMs()) - atFirst;
  const serverMs = await page.evaluate(() => window.histogramProbe.serverMs());
  if (values.shot !== undefined) await page.screenshot({path: values.shot});
  const hover = await page.evaluate((n) => window.histogramProbe.hover(n), moves);
  await page.click('[data-testid=tab-graphs]');
  await page.waitForTimeout(200);
  const atAgain = await cpuMs();
  const againMs = await open();
  const againCpuMs = (await cpuMs()) - atAgain;
  console.log(JSON.stringify({firstMs, againMs, serverMs, firstCpuMs, againCpuMs, ...hover}));
} finally {
  await browser.close();
}
