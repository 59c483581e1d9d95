// Runs journeys one after the other, keeps a screenshot of each failure, and writes what happened as JUnit.

import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {openPage} from './browser.mjs';

const escape = (text) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    // eslint-disable-next-line no-control-regex
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '?');

/** Throws with both values unless they are equal as JSON. */
export function same(got, want, what) {
  const a = JSON.stringify(got);
  const b = JSON.stringify(want);
  if (a !== b) throw new Error(`${what}: got ${a}, want ${b}`);
}

export function that(condition, what) {
  if (!condition) throw new Error(what);
}

export class Runner {
  constructor({browser, out, only}) {
    this.browser = browser;
    this.out = out;
    this.only = only;
    this.results = [];
  }

  /**
   * `run` gets a kit: `open(url, options)` gives a page that fails the journey on any console error or policy breach; `shot(page, name)`
   * keeps a picture; `onEnd(f)` cleans up.
   */
  async journey(name, run) {
    if (this.only !== undefined && !name.includes(this.only)) return;
    const began = performance.now();
    const pages = [];
    const ends = [];
    let failure;
    const kit = {
      browser: this.browser,
      open: async (url, options = {}) => {
        const opened = await openPage(this.browser, options);
        opened.page.setDefaultTimeout(60_000);
        pages.push(opened);
        await opened.page.goto(url);
        return opened.page;
      },
      shot: async (page, file) => {
        await mkdir(this.out, {recursive: true});
        await page.screenshot({path: join(this.out, `${file}.png`), animations: 'disabled'});
      },
      onEnd: (end) => ends.push(end),
    };
    try {
      await run(kit);
      for (const {problems} of pages) that(problems.length === 0, problems.join('\n'));
    } catch (error) {
      failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
      for (const {problems} of pages)
        if (problems.length > 0) failure += `\n${problems.join('\n')}`;
      const last = pages.at(-1);
      if (last !== undefined)
        await kit.shot(last.page, `failed-${name.replaceAll(/\W+/g, '-')}`).catch(() => {});
    }
    for (const {context} of pages) await context.close().catch(() => {});
    for (const end of ends.reverse()) await end();
    const seconds = (performance.now() - began) / 1000;
    this.results.push({name, seconds, failure});
    console.log(`${failure === undefined ? 'ok  ' : 'FAIL'} ${name} (${seconds.toFixed(1)} s)`);
    if (failure !== undefined) console.log(failure.replaceAll(/^/gm, '     '));
  }

  async report(suite) {
    await mkdir(this.out, {recursive: true});
    const failed = this.results.filter((r) => r.failure !== undefined).length;
    const cases = this.results.map(({name, seconds, failure}) => {
      const body =
        failure === undefined
          ? ''
          : `<failure message="${escape(failure.split('\n')[0])}">${escape(failure)}</failure>`;
      return `  <testcase classname="${suite}" name="${escape(name)}" time="${seconds.toFixed(3)}">${body}</testcase>`;
    });
    const time = this.results.reduce((n, r) => n + r.seconds, 0).toFixed(3);
    const text = `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n<testsuite name="${suite}" tests="${cases.length}" failures="${failed}" time="${time}">\n${cases.join('\n')}\n</testsuite>\n</testsuites>\n`;
    await writeFile(join(this.out, `${suite}.xml`), text);
    console.log(`${cases.length - failed} of ${cases.length} journeys passed`);
    return failed === 0 && cases.length > 0;
  }
}
