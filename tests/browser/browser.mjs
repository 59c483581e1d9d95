// A Chromium that fails the journey on every console error, page error and breach of the page's policy.

import {createRequire} from 'node:module';
import {existsSync} from 'node:fs';

const require = createRequire(new URL('../../ui/package.json', import.meta.url));
const {chromium} = require('playwright-core');
export const axePath = require.resolve('axe-core/axe.min.js');

const executable =
  process.env.CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

export const desktop = {width: 1440, height: 900};
export const phone = {width: 390, height: 844};

export async function launch() {
  if (executable === undefined)
    throw new Error('no Chromium found: install the package chromium or set CHROMIUM');
  return chromium.launch({
    executablePath: executable,
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-gpu',
      '--font-render-hinting=none',
    ],
  });
}

/**
 * A page in a fresh profile. `problems` collects what must not happen; `expect` is a list of patterns of console messages that
 * a journey causes on purpose, such as a request it makes fail.
 */
export async function openPage(
  browser,
  {viewport = desktop, theme = 'light', locale = 'en-US', hasTouch = false, expect = []} = {},
) {
  const context = await browser.newContext({
    viewport,
    colorScheme: theme,
    locale,
    hasTouch,
    isMobile: hasTouch,
    deviceScaleFactor: 1,
    timezoneId: 'UTC',
  });
  const page = await context.newPage();
  const problems = [];
  const note = (text) => {
    if (!expect.some((pattern) => pattern.test(text))) problems.push(text);
  };
  page.on('pageerror', (error) => note(`page error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      note(`console ${message.type()}: ${message.text()} ${message.location().url}`);
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      console.error(
        `policy violation: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`,
      );
    });
  });
  return {page, context, problems};
}

/** Waits until every chart in view has drawn its data. */
export async function chartsReady(page) {
  await page.waitForFunction(() => {
    const charts = [...document.querySelectorAll('[data-testid=chart]')];
    return charts.length > 0 && charts.every((chart) => chart.dataset.state === 'ready');
  });
  // The queue draws in frames; two without a change is all it needs.
  await page.evaluate(
    () =>
      new Promise((done) =>
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0))),
      ),
  );
}

/** Problems axe finds, as text; none is an empty list. */
export async function axeProblems(page) {
  const source = await (await import('node:fs/promises')).readFile(axePath, 'utf8');
  // Evaluated through the debugger, which the page's policy does not bind.
  await page.evaluate(source);
  const result = await page.evaluate(() =>
    globalThis.axe.run(document, {resultTypes: ['violations']}),
  );
  return result.violations.map(
    (v) =>
      `${v.id}: ${v.help}: ${v.nodes
        .map((n) => `${n.target.join(' ')} ${n.failureSummary ?? ''}`)
        .slice(0, 4)
        .join(' | ')}`,
  );
}
