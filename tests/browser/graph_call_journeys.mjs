// Calls of functions in a graph, opened in place, over logs by TensorFlow 1 and 2.

import {cp} from 'node:fs/promises';
import {join} from 'node:path';
import {axeProblems, phone} from './browser.mjs';
import {same, that} from './runner.mjs';

const box = (path) => `[data-testid=graph-box][data-path=${JSON.stringify(path)}]`;

/** Opens or closes by the sign, wherever the drawing has it. */
async function toggle(page, path) {
  await page.locator(`[data-sign=${JSON.stringify(path)}]`).dispatchEvent('click');
}

async function open(page, path, inner) {
  await toggle(page, path);
  await page.waitForSelector(box(inner), {state: 'attached'});
  await page.waitForSelector('[data-testid=graph-panel] [aria-busy=false]');
}

const labels = (page, scope) =>
  page.evaluate(
    (prefix) =>
      [...document.querySelectorAll('[data-testid=graph-box]')]
        .map((each) => each.dataset.path)
        .filter((path) => path.startsWith(`${prefix}/`)),
    scope,
  );

/** @param tools As of `graphJourneys`. */
export async function graphCallJourneys(runner, {golden, start, folder}) {
  const calls = async (kit) => {
    const logdir = await folder(kit);
    for (const run of ['tf1', 'tf2', 'tf2_several'])
      await cp(join(golden, 'ev_function_calls', run), join(logdir, run), {recursive: true});
    return start(kit, logdir);
  };

  await runner.journey('graph: calls of functions open in place', async (kit) => {
    const url = await calls(kit);
    const page = await kit.open(`${url}?run=tf1#graphs`);
    await page.waitForSelector(box('twice_call'));
    await open(page, 'twice_call', 'twice_call/x');
    // A call inside the call, of a function that the graph itself calls as well.
    await open(page, 'twice_call/affine', 'twice_call/affine/inner');
    await open(page, 'twice_call/affine/inner', 'twice_call/affine/inner/copy');
    same(
      (await labels(page, 'twice_call/affine')).sort(),
      ['add_0', 'b', 'inner', 'inner/copy', 'mul_0', 'x'].map(
        (name) => `twice_call/affine/${name}`,
      ),
      'what is inside of the call inside of the call',
    );
    that((await page.locator(box('__function_library__')).count()) === 1, 'the library stays');

    // A parameter leads to what feeds it, a result to who takes it.
    await page.locator(box('twice_call/affine/x')).dispatchEvent('click');
    const facts = page.locator('[data-testid=node-facts]');
    await facts.getByText('DT_FLOAT').waitFor();
    await facts.getByText('twice_call/x', {exact: true}).click();
    await page.waitForSelector(`${box('twice_call/x')}[aria-pressed=true]`);
    await facts.getByText('model/affine_call', {exact: true}).waitFor();

    // Inputs are traced through what is open.
    await page.locator('[data-testid=graph-trace]').click();
    await page.locator(box('twice_call/affine/mul_0')).dispatchEvent('click');
    await page.waitForSelector(`${box('twice_call/affine/add_0')}.fl-g-dim`, {state: 'attached'});
    that(
      (await page.locator(`${box('twice_call/affine/inner')}.fl-g-dim`).count()) === 0,
      'what the product is made of is on the trace',
    );
    that((await page.locator(`${box('x')}.fl-g-dim`).count()) === 0, 'up to the graph itself');
    await page.locator('[data-testid=graph-trace]').click();
    await page.locator('[data-testid=graph-fit]').click();
    await kit.shot(page, 'graph-call-open');
    same(await axeProblems(page), [], 'axe');

    // A link to a node inside opens the calls around it.
    await page.goto(`${url}?run=tf1&node=twice_call%2Faffine%2Finner%2Fcopy#graphs`);
    await page.waitForSelector(`${box('twice_call/affine/inner/copy')}[aria-pressed=true]`, {
      state: 'attached',
    });
    await page.getByRole('button', {name: 'Close all'}).click();
    await page.waitForSelector(box('twice_call/x'), {state: 'detached'});
    // Who calls a function stands at it.
    await page.locator(box('twice_call')).click();
    await facts.getByText('__function_library__/twice').click();
    await facts.getByText('Called by (1)').waitFor();
    await facts.getByText('twice_call', {exact: true}).click();
    await page.waitForSelector(`${box('twice_call')}[aria-pressed=true]`);
  });

  await runner.journey('graph: loops and branches show their functions by name', async (kit) => {
    const url = await calls(kit);
    const page = await kit.open(`${url}?run=tf2#graphs`, {theme: 'dark'});
    await page.waitForSelector(box('graph_1'));
    await open(page, 'graph_1', 'graph_1/search');
    await open(page, 'graph_1/search', 'graph_1/search/while');
    await open(page, 'graph_1/search/while', 'graph_1/search/while/body');
    same(
      (await labels(page, 'graph_1/search/while')).sort(),
      ['graph_1/search/while/body', 'graph_1/search/while/cond'],
      'the functions of the loop',
    );
    await open(page, 'graph_1/search/while/body', 'graph_1/search/while/body/search');
    const inner = 'graph_1/search/while/body/search/while';
    await open(page, 'graph_1/search/while/body/search', inner);
    await open(page, inner, `${inner}/PartitionedCall`);
    await open(page, `${inner}/PartitionedCall`, `${inner}/PartitionedCall/matmul`);
    await open(page, 'graph_1/cond', 'graph_1/cond/(cond)');
    await open(page, 'graph_1/cond/(cond)', 'graph_1/cond/(cond)/then_branch');
    await page.locator('[data-testid=graph-fit]').click();
    await kit.shot(page, 'graph-call-loop');
    // A node of a function is found, in the library.
    await page.fill('[data-testid=node-filter]', 'matmul$');
    await page.locator('[data-testid=node]').first().click();
    await page.locator('[data-testid=node-facts]').getByText('transpose_a').waitFor();
  });

  await runner.journey('graph: calls on a phone', async (kit) => {
    const url = await calls(kit);
    const page = await kit.open(`${url}?run=tf1#graphs`, {
      viewport: phone,
      hasTouch: true,
      locale: 'zh-CN',
    });
    await page.waitForSelector(box('twice_call'));
    await open(page, 'twice_call', 'twice_call/affine');
    await open(page, 'twice_call/affine', 'twice_call/affine/x');
    // Zoomed in, the small map shows: no button lies below it.
    for (let i = 0; i < 4; i++) await page.locator('.fl-drawing-controls button').first().tap();
    await page.waitForSelector('.fl-mini-map-place:not(.fl-hidden-map)');
    const covered = await page.evaluate(
      () =>
        [...document.querySelectorAll('.fl-drawing-controls button, .fl-legend summary')].filter(
          (each) => {
            const at = each.getBoundingClientRect();
            const points = [
              [at.left + 2, at.top + 2],
              [at.right - 2, at.top + 2],
              [at.left + 2, at.bottom - 2],
              [at.right - 2, at.bottom - 2],
            ];
            return points.some(([x, y]) => !each.contains(document.elementFromPoint(x, y)));
          },
        ).length,
    );
    same(covered, 0, 'buttons that something covers');
    await kit.shot(page, 'graph-call-phone');
    same(await axeProblems(page), [], 'axe');
  });
}
