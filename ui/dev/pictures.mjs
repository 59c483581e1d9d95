// `node dev/pictures.mjs [OUT]`: takes the pictures of docs/design again, from the built page over invented logs.

import {existsSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {chromium} from 'playwright-core';
import {Fixture} from './fixture.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = resolve(process.argv[2] ?? here('../../docs/design'));
const executablePath =
  process.env.CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const desktop = {width: 1440, height: 900};

const pictures = {
  'page-light': {
    act: async (page) =>
      page.locator('[data-tag="accuracy/train"] .fl-chart').hover({position: {x: 180, y: 90}}),
  },
  'page-groups': {
    address: '?group=hparam%3Aoptimizer&runColorGroup=hparam%3Alr',
    act: async (page) => page.locator('[data-testid=run-group]').first().click(),
  },
  'page-expression': {
    act: async (page) => {
      await page.locator('[data-testid=run-filter]').fill('optimiser = "sgd"');
      await page.getByText('optimizer', {exact: true}).first().waitFor();
    },
  },
  'page-table': {
    address: '?table=wide&group=hparam%3Aoptimizer',
    theme: 'dark',
    locale: 'zh-CN',
    act: async (_, fixture) => {
      fixture.changeMarks([
        {
          run: 'cnn-small/seed0',
          title: 'best so far',
          tags: ['paper', 'v2'],
          note: 'for the paper',
        },
        {run: 'mlp-128-32/crashed', tags: ['broken'], pinned: true},
      ]);
    },
    isReloaded: true,
  },
  'page-states': {
    scenario: 'damaged',
    size: {width: 1440, height: 620},
    act: async (page) => page.click('[data-testid=damage]'),
  },
  'page-phone': {
    size: {width: 390, height: 844},
    hasTouch: true,
    act: async (page) => {
      await page.click('[data-testid=drawer]');
      await page.getByRole('checkbox', {name: /baseline/}).click();
    },
  },
};

const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'],
});
for (const [name, picture] of Object.entries(pictures)) {
  const {scenario = 'sweep', size = desktop, theme = 'light', locale = 'en-US'} = picture;
  const fixture = await new Fixture({scenario, uiDir: here('../dist')}).listen();
  const context = await browser.newContext({
    viewport: size,
    colorScheme: theme,
    locale,
    timezoneId: 'UTC',
    hasTouch: picture.hasTouch ?? false,
    isMobile: picture.hasTouch ?? false,
  });
  const page = await context.newPage();
  await page.goto(fixture.url + (picture.address ?? ''));
  await page.waitForSelector(
    '[data-testid=chart][data-state=ready], .fl-table-wide [data-testid=run]',
  );
  await picture.act(page, fixture);
  if (picture.isReloaded === true) await page.reload();
  await page.waitForTimeout(800);
  await page.screenshot({path: join(out, `${name}.png`), animations: 'disabled'});
  await context.close();
  await fixture.close();
}
await browser.close();
