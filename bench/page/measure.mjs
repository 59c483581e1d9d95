// What a person waits for in the browser: one fresh Chromium, one visit. Prints one JSON object.
//   node bench/page/measure.mjs --url http://127.0.0.1:6006/ --page fanlight|tensorboard [--width 1600] [--height 1000]
//
//   firstChartMs, allChartsMs   from navigation until the first chart, all charts in the viewport hold pixels of curves
//   cpuMs                       processor time of the browser's processes until then, whatever else the machine does
//   scriptKB, dataMB, requests  on the wire until then, compressed, headers included
//   longTasksMs                 main-thread tasks of more than 50 ms, summed
//   heapMB                      the page's JavaScript heap after a collection
//   keyMs                       from a key in the tag filter to the next painted frame, mean over the keys
//   scrollP95Ms                 frame time, 95th percentile, while the cards scroll by 50 px a frame

import {createRequire} from 'node:module';
import {existsSync} from 'node:fs';
import {parseArgs} from 'node:util';

const require = createRequire(new URL('../../ui/package.json', import.meta.url));
const {chromium} = require('playwright-core');
const {values} = parseArgs({
  options: {
    url: {type: 'string'},
    page: {type: 'string', default: 'fanlight'},
    width: {type: 'string', default: '1600'},
    height: {type: 'string', default: '1000'},
    shot: {type: 'string'},
  },
});

// `ink`: what inside a chart holds the curves, and not the grid.
const pages = {
  fanlight: {
    path: '#timeseries',
    chart: '[data-testid=chart]',
    ink: 'canvas',
    scroller: '[data-testid=cards-scroller]',
    filter: '[data-testid=tag-filter]',
  },
  tensorboard: {
    path: '?darkMode=false#timeseries',
    chart: 'card-view line-chart',
    ink: '.series-view canvas, .series-view path',
    scroller: 'metrics-main-view .main',
    filter: 'metrics-tag-filter input',
  },
};
const look = pages[values.page];
const typed = 'metric_01';
const limitMs = 60_000;
const executablePath =
  process.env.CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** Runs in the page before its own scripts. */
function probe() {
  const scratch = document.createElement('canvas');
  scratch.width = 96;
  scratch.height = 64;
  const pen = scratch.getContext('2d', {willReadFrequently: true});
  const isInView = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 20 && box.height > 20 && box.top < innerHeight && box.bottom > 0;
  };
  // A chart counts as drawn when a canvas of it holds coloured pixels, or a path of it is longer than a tick.
  const isDrawn = (chart, ink) =>
    [...chart.querySelectorAll(ink)].some((part) => {
      if (part instanceof SVGPathElement) return (part.getAttribute('d') ?? '').length > 60;
      if (part.width === 0 || part.height === 0) return false;
      pen.clearRect(0, 0, 96, 64);
      pen.drawImage(part, 0, 0, 96, 64);
      const {data} = pen.getImageData(0, 0, 96, 64);
      let coloured = 0;
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] <= 10) continue;
        const most = Math.max(data[i], data[i + 1], data[i + 2]);
        if (most - Math.min(data[i], data[i + 1], data[i + 2]) > 25) coloured++;
      }
      return coloured > 20;
    });
  let longTasksMs = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) longTasksMs += entry.duration;
  }).observe({type: 'longtask', buffered: true});
  window.pageProbe = {
    longTasksMs: () => longTasksMs,
    /** When charts of the viewport were drawn: the first, and all of them for 300 ms. */
    async charts({chart, ink, sinceMs, limit}) {
      const drawn = new Set();
      let firstMs;
      let allMs;
      let known = -1;
      for (;;) {
        const charts = [...document.querySelectorAll(chart)].filter(isInView);
        for (const c of charts) {
          if (drawn.has(c) || !isDrawn(c, ink)) continue;
          drawn.add(c);
          firstMs ??= performance.now() - sinceMs;
        }
        const now = performance.now() - sinceMs;
        const isWhole = charts.length > 0 && charts.every((c) => drawn.has(c));
        if (!isWhole || charts.length !== known) allMs = undefined;
        if (isWhole) allMs ??= now;
        known = charts.length;
        if (allMs !== undefined && now - allMs > 300)
          return {firstMs, allMs, charts: charts.length};
        if (now > limit) return {firstMs, charts: charts.length};
        await new Promise((done) => setTimeout(done, 30));
      }
    },
    async scroll(selector) {
      const scroller = [...document.querySelectorAll(selector)].sort(
        (a, b) => b.scrollHeight - a.scrollHeight,
      )[0];
      const frames = [];
      let last = performance.now();
      for (let i = 0; i < 60; i++) {
        scroller.scrollTop += 50;
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        frames.push(now - last);
        last = now;
      }
      scroller.scrollTop = 0;
      return frames.sort((a, b) => a - b)[57];
    },
  };
}

async function cpuOf(browser) {
  const session = await browser.newBrowserCDPSession();
  const {processInfo} = await session.send('SystemInfo.getProcessInfo');
  return processInfo.reduce((sum, process) => sum + process.cpuTime * 1000, 0);
}

const browser = await chromium.launch({
  executablePath,
  args: [
    '--no-sandbox',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-gpu',
    '--disable-3d-apis',
    '--enable-precise-memory-info',
  ],
});
try {
  const context = await browser.newContext({
    viewport: {width: Number(values.width), height: Number(values.height)},
  });
  const page = await context.newPage();
  page.setDefaultTimeout(2 * limitMs); // A page at work answers no click.
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Performance.enable');
  const types = new Map();
  const bytes = {Script: 0, Fetch: 0, XHR: 0};
  let requests = 0;
  session.on('Network.responseReceived', (e) => types.set(e.requestId, e.type));
  session.on('Network.loadingFinished', (e) => {
    requests++;
    const type = types.get(e.requestId);
    if (type in bytes) bytes[type] += e.encodedDataLength;
  });
  await page.addInitScript(probe);
  const atRestMs = await cpuOf(browser);
  await page.goto(new URL(look.path, values.url).href, {waitUntil: 'commit'});
  const {chart, ink} = look;
  const {firstMs, allMs, charts} = await page.evaluate((asked) => window.pageProbe.charts(asked), {
    chart,
    ink,
    sinceMs: 0,
    limit: limitMs,
  });
  const wire = {...bytes, requests};
  const cpuMs = (await cpuOf(browser)) - atRestMs;
  const longTasksMs = await page.evaluate(() => window.pageProbe.longTasksMs());
  if (values.shot !== undefined) await page.screenshot({path: values.shot});
  await session.send('HeapProfiler.collectGarbage');
  const {metrics} = await session.send('Performance.getMetrics');
  const heap = metrics.find((m) => m.name === 'JSHeapUsedSize').value;
  const scrollP95Ms = await page.evaluate((s) => window.pageProbe.scroll(s), look.scroller);
  await page.locator(look.filter).first().click();
  const keys = [];
  for (const key of typed) {
    await page.evaluate(() => {
      window.keyMs = undefined;
      const note = () => {
        const began = performance.now();
        requestAnimationFrame(() => setTimeout(() => (window.keyMs = performance.now() - began)));
      };
      addEventListener('keydown', note, {once: true, capture: true});
    });
    await page.keyboard.press(key);
    keys.push(await (await page.waitForFunction(() => window.keyMs)).jsonValue());
  }
  console.log(
    JSON.stringify({
      firstChartMs: firstMs,
      allChartsMs: allMs,
      cpuMs,
      charts,
      scriptKB: wire.Script / 1000,
      dataMB: (wire.Fetch + wire.XHR) / 1e6,
      requests: wire.requests,
      longTasksMs,
      heapMB: heap / 2 ** 20,
      keyMs: keys.reduce((a, b) => a + b, 0) / keys.length,
      scrollP95Ms,
    }),
  );
} finally {
  await browser.close();
}
