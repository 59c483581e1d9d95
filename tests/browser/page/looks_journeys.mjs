// How the page looks: every view and state in both themes and both languages, on a desktop and on a phone. The pictures are
// for people to look at; what a machine can see, it checks: nothing is wider than the screen, no button cuts its text.

import {chartsReady, desktop, phone} from '../browser.mjs';
import {same} from '../runner.mjs';
import {on} from './page_kit.mjs';

const sizes = {desktop: {viewport: desktop}, phone: {viewport: phone, hasTouch: true}};
const languages = {en: 'en-US', zh: 'zh-CN'};

/** What sticks out or is cut off; empty where all is well. */
function faults(page) {
  return page.evaluate(() => {
    const found = [];
    if (document.documentElement.scrollWidth > innerWidth)
      found.push(`the page is ${document.documentElement.scrollWidth} px wide`);
    for (const e of document.querySelectorAll('button, label, th, .fl-menu-item')) {
      const box = e.getBoundingClientRect();
      if (box.width === 0 || getComputedStyle(e).visibility === 'hidden') continue;
      const hides = getComputedStyle(e).overflowX !== 'visible';
      if (
        hides &&
        e.scrollWidth > e.clientWidth + 1 &&
        getComputedStyle(e).textOverflow !== 'ellipsis'
      )
        found.push(`"${e.textContent.trim().slice(0, 30)}" is cut off`);
    }
    for (const e of document.querySelectorAll('.fl-pop')) {
      const box = e.getBoundingClientRect();
      if (box.left < 0 || box.right > innerWidth || box.bottom > innerHeight + 1)
        found.push(
          `a panel at ${Math.round(box.left)} to ${Math.round(box.right)} leaves the screen`,
        );
    }
    return found;
  });
}

/** Opens a panel by its button; on a phone some buttons are behind another one. */
const panels = [
  ['options', '[data-testid=chart-options]'],
  ['download', '[data-testid=download-all]'],
  ['smoothing', '[data-testid=smoothing-kind]'],
  ['settings', '[data-testid=settings]'],
  ['live', '[data-testid=live]'],
  ['keys', '.fl-keys-button'],
  ['palette', '.fl-search'],
];

async function overTheSweep(kit, options, shot) {
  const fixture = await on(kit, 'images');
  const page = await kit.open(fixture.url, options);
  await chartsReady(page);
  await shot(page, 'timeseries');
  const isPhone = options.hasTouch === true;
  if (isPhone) await page.locator('.fl-bar-toggle').click();
  for (const [name, selector] of panels) {
    const button = page.locator(selector).first();
    if (!(await button.isVisible())) continue;
    await button.click();
    await page.waitForSelector('.fl-pop');
    await shot(page, name);
    await page.keyboard.press('Escape');
    await page.waitForSelector('.fl-pop', {state: 'detached'});
  }
  const card = page.locator('[data-testid=card]').first();
  if (!isPhone) await card.hover();
  await card.locator('[data-testid=card-menu]').click();
  await page.waitForSelector('.fl-pop');
  await shot(page, 'card-menu');
  await page.keyboard.press('Escape');
  if (isPhone) await page.locator('[data-testid=drawer]').click();
  await page.locator('[data-testid=run]').first().click({button: 'right'});
  await page.waitForSelector('.fl-pop');
  await shot(page, 'runs');
  await page.keyboard.press('Escape');
  await page.goto(`${fixture.url}?kinds=all&steps=500,1500&tagFilter=loss|rings`);
  await chartsReady(page);
  await shot(page, 'steps-images');
  if (!isPhone) {
    await page.goto(`${fixture.url}?table=wide`);
    await page.waitForSelector('.fl-table-wide');
    await shot(page, 'table');
  }
  await page.goto(`${fixture.url}?tagFilter=nothing-like-it`);
  await page.waitForSelector('[data-testid=no-match]');
  await shot(page, 'no-match');
}

async function inEachState(kit, options, shot) {
  for (const scenario of ['empty', 'missing', 'loading', 'damaged', 'hostile', 'many']) {
    const fixture = await on(kit, scenario);
    const page = await kit.open(fixture.url, options);
    await page.waitForSelector('[data-testid=chart], [data-testid=empty], [data-testid=missing]');
    if (!['empty', 'missing'].includes(scenario)) await chartsReady(page);
    await shot(page, scenario);
    await page.close();
  }
  const failing = await on(kit);
  failing.failNext('/api/v1/columns', 100);
  const page = await kit.open(failing.url, {...options, expect: [/503/, /ERR_/]});
  await page.locator('.fl-chart-state .fl-why').first().waitFor();
  await shot(page, 'failed');
  await failing.close();
  await page.waitForSelector('[data-testid=lost]');
  await shot(page, 'lost');
}

export async function looksJourneys(runner) {
  for (const theme of ['light', 'dark'])
    for (const [language, locale] of Object.entries(languages))
      for (const [size, kind] of Object.entries(sizes))
        await runner.journey(`looks: ${theme}, ${language}, ${size}`, async (kit) => {
          const wrong = [];
          const shot = async (page, name) => {
            await kit.shot(page, `looks/${name}-${theme}-${language}-${size}`);
            for (const fault of await faults(page)) wrong.push(`${name}: ${fault}`);
          };
          await overTheSweep(kit, {theme, locale, ...kind}, shot);
          await inEachState(kit, {theme, locale, ...kind}, shot);
          same(wrong, [], 'what sticks out');
        });
}
