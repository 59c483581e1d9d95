// The run table.

import {axeProblems, chartsReady} from '../browser.mjs';
import {chartOf, waitForFacts} from '../chart_probe.mjs';
import {same, that} from '../runner.mjs';
import {on, pointsOf, runNames} from './page_kit.mjs';

export async function runsJourneys(runner) {
  await runner.journey('runs are hidden, shown alone, filtered and counted', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.getByRole('checkbox', {name: 'Show baseline/linear'}).click();
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=shown-count]').textContent.startsWith('7 of 8'),
    );
    const seven = pointsOf(fixture, 'loss/train', (n) => n !== 'baseline/linear');
    await waitForFacts(page, 'loss/train', (f) => f.points === seven);
    await page.locator('[data-testid=run]', {hasText: 'cnn-small/seed0'}).hover();
    await page.getByRole('button', {name: 'Show only cnn-small/seed0'}).click();
    same(await page.textContent('[data-testid=shown-count]'), '1 of 8 shown', 'only one');
    await page.getByRole('button', {name: 'All', exact: true}).click();
    await page.fill('[data-testid=run-filter]', '^CNN');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=run]').length === 2);
    same(await page.textContent('[data-testid=shown-count]'), '2 of 8 shown', 'filtered');
    await page.fill('[data-testid=run-filter]', 'seed(');
    await page.waitForFunction(
      () =>
        document.querySelector('[data-testid=run-filter]').getAttribute('aria-invalid') === 'true',
    );
    await page.fill('[data-testid=run-filter]', '');
    await page.getByRole('button', {name: 'None', exact: true}).click();
    await page.getByText('No run is shown').first().waitFor();
  });

  await runner.journey('sorts runs by a metric', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.fl-run-value')].every((v) => v.textContent !== ''),
    );
    const head = page.getByRole('button', {name: 'Sort by loss/eval'});
    const values = () =>
      page.$$eval('[data-testid=run]', (rows) =>
        rows.map((r) => Number(r.querySelector('.fl-run-value').title)),
      );
    await head.click();
    const rising = await values();
    same(
      rising,
      [...rising].sort((x, y) => x - y),
      'ascending',
    );
    await head.click();
    same(await values(), [...rising].reverse(), 'descending');
    await page.waitForFunction(() => location.search.includes('sort=-last%3Aloss%2Feval'));
    await page.reload();
    await page.waitForFunction(
      () => document.querySelector('[aria-sort=descending]')?.dataset.column === 'last:loss/eval',
    );
    await head.click();
    await page.waitForSelector('[aria-sort=descending]', {state: 'detached'});
  });

  await runner.journey('expressions filter runs, mistakes are pointed at', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    const names = async (text, count) => {
      await page.fill('[data-testid=run-filter]', text);
      await page.waitForFunction(
        (n) => document.querySelectorAll('[data-testid=run]').length === n,
        count,
      );
      return runNames(page);
    };
    same(
      await names('lr < 1e-2', 2),
      ['mlp-128-32/lr3e-3', 'mlp-256-64/lr3e-3'],
      'by a hyper-parameter',
    );
    same(
      await names('optimizer = "sgd" and acc > 0.9', 2),
      ['cnn-small/seed0', 'cnn-small/seed1'],
      'by a metric that is a column',
    );
    same(
      await names('`batch size` = 128 and min(`loss/train`) > 0.4', 3),
      ['mlp-128-32/lr3e-3', 'mlp-256-64/lr3e-3', 'mlp-128-32/crashed'],
      'by a name in backticks and a least value',
    );
    that((await names('status = "failed" or not augment', 5)).includes('mlp-128-32/crashed'), 'or');
    await page.fill('[data-testid=run-filter]', 'lr < and');
    await page.getByText('Character 6: a name, number or text was expected').waitFor();
    same(await page.locator('[data-testid=run]').count(), 8, 'while it is wrong all stay');
    same(await page.textContent('.fl-query-problem mark'), 'and', 'marked');
    same(await axeProblems(page), [], 'axe');
    await page.fill('[data-testid=run-filter]', 'optimzer = "sgd"');
    await page.getByText('No run has “optimzer”.').waitFor();
    await kit.shot(page, 'expression-unknown');
    await page.getByRole('button', {name: 'optimizer', exact: true}).click();
    same(await page.inputValue('[data-testid=run-filter]'), 'optimizer = "sgd"', 'corrected');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=run]').length === 4);
    await page.click('[data-testid=run-filter-help]');
    await page.getByRole('button', {name: 'status = "live" and duration > 2h'}).click();
    await page.getByText('No run matches').waitFor();
  });

  await runner.journey('runs stand in groups, and take their colours', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.click('[data-testid=group-by]');
    await page
      .getByRole('radiogroup', {name: 'Group by'})
      .getByRole('radio', {name: 'optimizer'})
      .click();
    const groups = () => page.$$eval('[data-testid=run-group]', (g) => g.map((x) => x.textContent));
    same(await groups(), ['optimizer = adam4', 'optimizer = sgd4'], 'groups');
    await page.getByRole('textbox', {name: 'Colour by: By a regular expression'}).fill('^(\\w+)');
    await page.keyboard.press('Escape');
    const colours = await page.$$eval('[data-testid=run]', (rows) =>
      rows.map((r) => [
        r.querySelector('.fl-run-name').textContent.split('-')[0],
        getComputedStyle(r.querySelector('.fl-run-dot i')).backgroundColor,
      ]),
    );
    const byName = new Map(colours);
    that(
      colours.every(([name, colour]) => byName.get(name) === colour),
      `one colour a group: ${JSON.stringify(colours)}`,
    );
    same(new Set(byName.values()).size, 3, 'colours');
    await page.locator('[data-testid=run-group]').first().click();
    same(await page.locator('[data-testid=run]').count(), 4, 'one group is closed');
    await page.waitForFunction(
      () =>
        new URLSearchParams(location.search).get('runColorGroup') === 'regex:^(\\w+)' &&
        location.search.includes('group=hparam%3Aoptimizer'),
    );
    await kit.shot(page, 'groups');
    same(await axeProblems(page), [], 'axe');
  });

  await runner.journey('keys choose runs as in a list of mails', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    const chosen = () =>
      page.$$eval('[data-testid=run][aria-selected=true] .fl-run-name', (n) =>
        n.map((x) => x.textContent),
      );
    const all = await runNames(page);
    await page.focus('[data-testid=run-list]');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    same(await chosen(), [all[2]], 'arrows choose one');
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Shift+ArrowDown');
    same(await chosen(), all.slice(2, 5), 'Shift chooses a range');
    await page.keyboard.press('Control+ArrowDown');
    same(await chosen(), all.slice(2, 5), 'Ctrl moves without choosing');
    await page.keyboard.press('Control+ArrowDown');
    await page.keyboard.press('Control+Space');
    same(await chosen(), [...all.slice(2, 5), all[6]], 'Ctrl + Space adds one');
    await kit.shot(page, 'runs-chosen');
    await page.keyboard.press('Space');
    same(await page.textContent('[data-testid=shown-count]'), '4 of 8 shown', 'Space hides');
    await page.keyboard.press('Control+z');
    same(await page.textContent('[data-testid=shown-count]'), '8 of 8 shown', 'undone');
    await page.keyboard.press('Enter');
    same(await page.textContent('[data-testid=shown-count]'), '4 of 8 shown', 'Enter: only these');
    await page.click('[data-testid=undo]');
    await page.focus('[data-testid=run-list]');
    await page.keyboard.press('Control+a');
    same((await chosen()).length, 8, 'all');
    await page.keyboard.press('Escape');
    same(await chosen(), [], 'Esc lets go');
    await page.keyboard.press('Home');
    same(await chosen(), [all[0]], 'Home');
    await page.keyboard.press('Shift+End');
    same((await chosen()).length, 8, 'a range to the end');
    await page.locator('[data-testid=run]').nth(3).click();
    await page
      .locator('[data-testid=run]')
      .nth(5)
      .click({modifiers: ['Shift']});
    same(await chosen(), all.slice(3, 6), 'Shift + click');
    await page
      .locator('[data-testid=run]')
      .nth(4)
      .click({modifiers: ['Control']});
    same(await chosen(), [all[3], all[5]], 'Ctrl + click');
  });

  await runner.journey('runs are renamed, noted, pinned, archived, and back', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url, {expect: [/503/]});
    await chartsReady(page);
    const menuOf = async (place) => {
      await page.locator('[data-testid=run]').nth(place).click({button: 'right'});
      await page.waitForSelector('[data-testid=run-menu]');
    };
    const saved = (run) => fixture.marks.get(run);
    await page.focus('[data-testid=run-list]');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('F2');
    await page.fill('[data-testid=mark-text]', 'the good one');
    await page.keyboard.press('Enter');
    await page.locator('[data-testid=run]', {hasText: 'the good one'}).waitFor();
    await page.getByText('Rename: mlp-128-32/lr3e-3').waitFor();
    same(saved('mlp-128-32/lr3e-3')?.title, 'the good one', 'kept');
    // The new name is in the readout of every chart, and found by the filter beside the old one.
    await chartOf(page, 'accuracy/train').hover({position: {x: 150, y: 80}});
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=readout]')?.textContent.includes('the good one'),
    );
    await page.keyboard.press('Control+z');
    await page.locator('[data-testid=run]', {hasText: 'the good one'}).waitFor({state: 'detached'});
    same(saved('mlp-128-32/lr3e-3'), undefined, 'taken back');

    await menuOf(7);
    await page.click('[data-testid=mark-pinned]');
    await page.waitForFunction(
      () =>
        document.querySelector('[data-testid=run] .fl-run-name').textContent ===
        'mlp-128-32/crashed',
    );
    await menuOf(1);
    await page.click('[data-testid=note]');
    await page.fill('[data-testid=mark-text]', 'rate too high\nbefore step 300');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('img', {name: 'Note: rate too high'}).waitFor();
    await menuOf(2);
    await page.click('[data-testid=run-tags]');
    await page.fill('[data-testid=mark-text]', 'paper, 表');
    await page.keyboard.press('Enter');
    await page.fill('[data-testid=run-filter]', 'tags = "paper"');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=run]').length === 1);
    await page.fill('[data-testid=run-filter]', '');
    await menuOf(3);
    await page.click('[data-testid=colour]');
    await page.getByRole('radio', {name: 'Colour 5'}).click();
    await page.waitForFunction(() =>
      [...document.querySelectorAll('[data-testid=run]')][3]
        .querySelector('.fl-run-dot')
        .style.getPropertyValue('--run')
        .includes('--c5'),
    );
    await menuOf(4);
    await page.click('[data-testid=mark-archived]');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=run]').length === 7);
    await page.click('[data-testid=archived]');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=run]').length === 8);
    await menuOf(5);
    await page.click('[data-testid=mark-hidden]');
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=shown-count]').textContent.startsWith('7 of'),
    );
    await kit.shot(page, 'runs-marked');
    same(await axeProblems(page), [], 'axe');
    // Another tab sees it all; a plain address hides what is hidden for good.
    const other = await kit.open(fixture.url);
    await other.getByRole('img', {name: 'Pinned'}).waitFor();
    same(await other.textContent('[data-testid=shown-count]'), '6 of 8 shown', 'elsewhere too');
    // The dot brings a run that is hidden for good back for good.
    await page.locator('[data-testid=run]').nth(5).getByRole('checkbox').click();
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=shown-count]').textContent.startsWith('8 of'),
    );
    // A refusal says why, and what was there before comes back.
    fixture.failNext('/api/v1/marks', 1);
    await menuOf(0);
    await page.click('[data-testid=mark-pinned]');
    await page.getByText('The disk did not answer in time.').waitFor();
    await page.getByRole('img', {name: 'Pinned'}).waitFor();
  });

  await runner.journey('columns are chosen, moved, resized and kept', async (kit) => {
    const fixture = await on(kit);
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    const columns = () =>
      page.$$eval('[role=columnheader][data-column]', (heads) =>
        heads.map((h) => h.dataset.column),
      );
    same(await columns(), ['last:loss/eval', 'last:accuracy/eval'], 'the usual ones');
    await page.click('[data-testid=columns]');
    await page.getByRole('textbox', {name: 'Find a column'}).fill('lr');
    await page.getByTestId('columns-menu').getByRole('checkbox', {name: 'lr'}).click();
    await page.getByRole('textbox', {name: 'Find a column'}).fill('status');
    await page.getByTestId('columns-menu').getByRole('checkbox', {name: 'Status'}).click();
    same(await axeProblems(page), [], 'axe');
    await page.keyboard.press('Escape');
    same(
      await columns(),
      ['last:loss/eval', 'last:accuracy/eval', 'hparam:lr', 'status'],
      'two more',
    );
    await page.focus('[role=separator]');
    for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowRight');
    const head = (id) => page.locator(`[data-column="${id}"].fl-column-head`);
    const from = await head('hparam:lr').boundingBox();
    const to = await head('last:loss/eval').boundingBox();
    await page.mouse.move(from.x + 12, from.y + 10);
    await page.mouse.down();
    await page.mouse.move(from.x - 30, from.y + 10, {steps: 3});
    await page.mouse.move(to.x + 4, from.y + 10, {steps: 3});
    await page.mouse.up();
    same(
      await columns(),
      ['hparam:lr', 'last:loss/eval', 'last:accuracy/eval', 'status'],
      'dragged to the front',
    );
    const width = (await head('hparam:lr').boundingBox()).width;
    const edge = await head('hparam:lr').locator('.fl-column-edge').boundingBox();
    await page.mouse.move(edge.x + 3, edge.y + 5);
    await page.mouse.down();
    await page.mouse.move(edge.x + 43, edge.y + 5, {steps: 3});
    await page.mouse.up();
    same((await head('hparam:lr').boundingBox()).width, width + 40, 'wider');
    await page.getByRole('button', {name: 'Column: loss/eval'}).click();
    await page.getByRole('menuitemradio', {name: 'min'}).click();
    await page.getByRole('button', {name: 'Column: Status'}).click();
    await page.getByRole('menuitem', {name: 'Hide column'}).click();
    await page.keyboard.press('Control+z');
    const want = ['hparam:lr', 'min:loss/eval', 'last:accuracy/eval', 'status'];
    same(await columns(), want, 'the least loss; status is back');
    await page.goto(fixture.url);
    await chartsReady(page);
    same(await columns(), want, 'a plain address has them too');
    same((await head('hparam:lr').boundingBox()).width, width + 40, 'and their widths');
  });

  await runner.journey('the table takes the page, in both themes and languages', async (kit) => {
    const fixture = await on(kit);
    fixture.changeMarks([
      {run: 'cnn-small/seed0', title: 'best so far', note: 'for the paper', tags: ['paper', 'v2']},
      {run: 'mlp-128-32/crashed', tags: ['broken'], pinned: true},
    ]);
    for (const [theme, locale] of [
      ['light', 'en-US'],
      ['dark', 'zh-CN'],
    ]) {
      const page = await kit.open(`${fixture.url}?group=hparam:optimizer`, {theme, locale});
      await chartsReady(page);
      await page.keyboard.press('t');
      await page.waitForFunction(() => location.search.includes('table=wide'));
      await page.getByRole('row', {name: /best so far/}).waitFor();
      await page.waitForFunction(
        () => document.querySelectorAll('[data-column="last:loss/eval"].fl-run-value').length === 8,
      );
      same(await axeProblems(page), [], `axe, ${theme}, ${locale}`);
      await kit.shot(page, `table-${theme}-${locale}`);
      await page.keyboard.press('t');
      await chartsReady(page);
    }
  });

  await runner.journey('ten thousand runs: only rows in view exist', async (kit) => {
    const fixture = await on(kit, 'crowd');
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    that((await page.locator('[data-testid=run]').count()) < 80, 'rows');
    await page.fill('[data-testid=run-filter]', 'seed >= 9990 and lr = 0.1');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=run]').length === 2);
    await page.fill('[data-testid=run-filter]', '');
    await page.focus('[data-testid=run-list]');
    await page.keyboard.press('End');
    await page.locator('[data-testid=run]', {hasText: 'group6/run9995'}).waitFor();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Enter');
    same(await page.textContent('[data-testid=shown-count]'), '10,000 of 10,000 shown', 'all');
  });

  await runner.journey('names that cannot be kept are told, and the rest goes on', async (kit) => {
    const fixture = await on(kit);
    fixture.marksProblem =
      'the file of names and notes is damaged; move it away: "/data/sidecar.db"';
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    await page.getByText('move it away').waitFor();
    same(await page.locator('[data-testid=run]').count(), 8, 'runs');
    same(await axeProblems(page), [], 'axe');
  });

  await runner.journey('many runs and tags: only what is in view exists', async (kit) => {
    const fixture = await on(kit, 'huge');
    const page = await kit.open(fixture.url);
    await chartsReady(page);
    same(
      await page.textContent('[data-testid=shown-count]'),
      '50 of 1,000 shown',
      'not all are drawn unasked',
    );
    that((await page.locator('[data-testid=run]').count()) < 80, 'run rows');
    await page.locator('[data-testid=run-list]').evaluate((list) => list.scrollTo(0, 1e6));
    await page
      .getByRole('checkbox', {name: 'Show group5/run999'})
      .waitFor()
      .catch(async () => {
        that(false, `last rows: ${(await runNames(page)).slice(-3).join(', ')}`);
      });
    const many = await on(kit, 'many');
    const other = await kit.open(many.url);
    await chartsReady(other);
    that((await other.locator('[data-testid=card]').count()) <= 15, 'cards');
    await other.locator('[data-testid=cards-scroller]').evaluate((main) => main.scrollTo(0, 1e6));
    await other.waitForFunction(() =>
      [...document.querySelectorAll('[data-testid=card]')].some(
        (c) => c.dataset.tag === 'group_7/metric_39',
      ),
    );
    await chartsReady(other);
  });
}
