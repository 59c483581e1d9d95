// What a person waits for at a large graph: one fresh Chromium, one visit. Prints one JSON object.
//   node bench/page/graph.mjs --url http://127.0.0.1:6006/ --page fanlight|tensorboard --scope layer_00 --inner layer_00/block_0
//
//   firstMs    from navigation until the graph's root is painted
//   expandMs   from the press that opens a scope of the root until what is in it is painted; mean over a few scopes
//   longestMs  the longest main-thread task until the root is painted
//   firstCpuMs, expandCpuMs  what of these the renderer computed: other programs disturb it less

import {createRequire} from 'node:module';
import {existsSync} from 'node:fs';
import {parseArgs} from 'node:util';

const require = createRequire(new URL('../../ui/package.json', import.meta.url));
const {chromium} = require('playwright-core');
const {values} = parseArgs({
  options: {
    url: {type: 'string'},
    page: {type: 'string', default: 'fanlight'},
    // Pairs "scope>a node in it".
    scope: {type: 'string', multiple: true, default: []},
    shot: {type: 'string'},
  },
});

// `open`: what is pressed to open a scope, by which event.
const pages = {
  fanlight: {
    node: (path) => `[data-testid=graph-box][data-path=${JSON.stringify(path)}]`,
    open: (path) => `[data-sign=${JSON.stringify(path)}]`,
    event: 'click',
    settled: '[data-testid=graph-panel] [aria-busy=false]',
  },
  tensorboard: {
    node: (path) => `g.node[data-name=${JSON.stringify(path)}]`,
    open: (path) => `g.node[data-name=${JSON.stringify(path)}] .nodeshape`,
    event: 'dblclick',
    settled: 'g.node',
  },
};
const look = pages[values.page];
const limitMs = 120_000;
const executablePath =
  process.env.CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** Runs in the page before its own scripts. */
function probe() {
  let longestMs = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) longestMs = Math.max(longestMs, entry.duration);
  }).observe({type: 'longtask', buffered: true});
  // TensorBoard's page is made of shadow trees.
  const find = (selector, root = document) => {
    const found = root.querySelector(selector);
    if (found !== null) return found;
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot === null) continue;
      const inside = find(selector, element.shadowRoot);
      if (inside !== null) return inside;
    }
    return null;
  };
  const isPainted = async (node, settled, until) => {
    for (;;) {
      const element = find(node);
      if (element !== null && element.getBoundingClientRect().width > 0 && find(settled) !== null)
        break;
      if (performance.now() > until) return false;
      await new Promise(requestAnimationFrame);
    }
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return true;
  };
  window.graphProbe = {
    longestMs: () => longestMs,
    async first(node, settled, limit) {
      return (await isPainted(node, settled, limit)) ? performance.now() : undefined;
    },
    async expand(open, event, node, settled, limit) {
      const target = find(open);
      const began = performance.now();
      target.dispatchEvent(
        new MouseEvent(event, {
          bubbles: true,
          composed: true,
          detail: event === 'dblclick' ? 2 : 1,
        }),
      );
      return (await isPainted(node, settled, began + limit))
        ? performance.now() - began
        : undefined;
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
  page.setDefaultTimeout(limitMs);
  await page.addInitScript(probe);
  await page.goto(new URL('#graphs', values.url).href, {waitUntil: 'commit'});
  const scopes = values.scope.map((pair) => pair.split('>'));
  const call = (name, ...args) =>
    page.evaluate(([n, a]) => window.graphProbe[n](...a), [name, args]);
  const firstMs = await call('first', look.node(scopes[0][0]), look.settled, limitMs);
  const firstCpuMs = await cpuMs();
  const longestMs = await call('longestMs');
  const expands = [];
  const expandsCpu = [];
  for (const [scope, inner] of scopes) {
    await page.waitForTimeout(600);
    const before = await cpuMs();
    expands.push(
      await call('expand', look.open(scope), look.event, look.node(inner), look.settled, limitMs),
    );
    expandsCpu.push((await cpuMs()) - before);
  }
  if (values.shot !== undefined) await page.screenshot({path: values.shot});
  const mean = (list) => {
    const known = list.filter((ms) => ms !== null && ms !== undefined);
    return known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0) / known.length;
  };
  console.log(
    JSON.stringify({
      firstMs,
      longestMs,
      expandMs: mean(expands),
      firstCpuMs,
      expandCpuMs: mean(expandsCpu),
    }),
  );
} finally {
  await browser.close();
}
