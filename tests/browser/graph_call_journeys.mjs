// Calls of functions in a graph, opened in place, over logs by TensorFlow 1 and 2.

import {cp, mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {axeProblems, phone} from './browser.mjs';
import {EventLog, field} from './event_log.mjs';
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

    // An address that names no run with a graph says which one is shown instead.
    await page.goto(`${url}?run=gone#graphs`);
    await page.getByText('The run “gone” has no graph').waitFor();
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

  await runner.journey('graph: colours of devices, clusters and time', async (kit) => {
    const logdir = await folder(kit);
    await mkdir(join(logdir, 'r'));
    const log = await EventLog.create(join(logdir, 'r', 'events.out.tfevents.1'));
    const node = (name, inputs) =>
      field(
        1,
        Buffer.concat([
          field(1, Buffer.from(name)),
          field(2, Buffer.from('Op')),
          ...inputs.map((input) => field(3, Buffer.from(input))),
        ]),
      );
    await log.graph(Buffer.concat([node('a', []), node('s/b', ['a']), node('c', ['s/b'])]));
    await log.runMetadata('step 1', [
      ['/job:x/device:GPU:0', 's/b', 100, 900],
      ['/job:x/device:GPU:0/stream:all', 's/b', 100, 5000],
      ['/job:x/device:CPU:0', 'a', 50, 40],
    ]);
    await log.close();
    const page = await kit.open(`${await start(kit, logdir)}#graphs`);
    await page.waitForSelector(box('s'));
    const colour = async (name) => {
      await page.locator('[data-testid=graph-colour]').click();
      await page.getByRole('menuitemradio', {name, exact: true}).click();
    };
    await page.locator('.fl-legend summary').click();
    const legend = page.locator('.fl-legend');
    // Where they ran, though the graph tells none; streams are no devices.
    await colour('Device');
    await legend.getByText('GPU:0').waitFor();
    that((await legend.getByText('stream').count()) === 0, 'no streams');
    await colour('Compute time');
    await legend.getByText('900 µs').waitFor();
    await legend.getByText('did not run').waitFor();
    await kit.shot(page, 'graph-time');
    same(await axeProblems(page), [], 'axe');
    await legend.getByLabel('GPU:0').uncheck();
    await legend.getByText('40 µs').waitFor();
    await page.waitForSelector(`${box('s')}.fl-g-unused`);
    await legend.getByLabel('GPU:0').check();
    await legend.getByText('900 µs').waitFor();

    // What the pointer is on in the panel stands out, or what it is hidden in.
    await page.locator(box('c')).click();
    await page.locator('[data-testid=node-facts]').getByText('s/b', {exact: true}).hover();
    await page.waitForSelector(`${box('s')}.fl-g-pointed`);

    const file = join(logdir, 'clusters.pbtxt');
    const attr = (name) => `attr { key: "_XlaCluster" value { s: "${name}" } }`;
    await writeFile(
      file,
      `node { name: "a" op: "A" ${attr('cluster_0')} }\nnode { name: "b" op: "B" input: "a" }`,
    );
    await page.setInputFiles('[data-testid=graph-file]', file);
    await page.waitForSelector(box('b'));
    await colour('XLA cluster');
    await legend.getByText('cluster_0').waitFor();
    await page.waitForSelector(`${box('a')}.fl-g-h0`);
    await page.waitForSelector(`${box('b')}.fl-g-unknown`);
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
