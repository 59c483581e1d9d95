// node tests/browser/run.mjs [--bin DIR] [--out DIR] [--only TEXT]
// Journeys of the page over invented logs, and, with --bin, against the real programs in DIR. Build the page first (npm run build in ui/).

import {existsSync} from 'node:fs';
import {resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {launch} from './browser.mjs';
import {pageJourneys} from './page_journeys.mjs';
import {programJourneys} from './program_journeys.mjs';
import {Runner} from './runner.mjs';

const {values} = parseArgs({
  options: {
    bin: {type: 'string'},
    out: {type: 'string', default: 'build/artifacts/browser'},
    only: {type: 'string'},
    part: {type: 'string', default: 'all'}, // all, page or program
  },
});
const page = fileURLToPath(new URL('../../ui/dist/index.html', import.meta.url));
if (values.part !== 'program' && !existsSync(page)) {
  console.error(`the page is not built: ${page} is missing; run "npm ci && npm run build" in ui/`);
  process.exit(2);
}
const browser = await launch();
let isGood = true;
try {
  const out = resolve(values.out);
  if (values.part !== 'program') {
    const runner = new Runner({browser, out, only: values.only});
    await pageJourneys(runner);
    isGood =
      (values.only !== undefined && runner.results.length === 0) ||
      ((await runner.report('browser.page')) && isGood);
  }
  if (values.bin !== undefined && values.part !== 'page') {
    const runner = new Runner({browser, out, only: values.only});
    await programJourneys(runner, resolve(values.bin));
    isGood =
      ((values.only !== undefined && runner.results.length === 0) ||
        (await runner.report('browser.program'))) &&
      isGood;
  }
} finally {
  await browser.close();
}
process.exit(isGood ? 0 : 1);
