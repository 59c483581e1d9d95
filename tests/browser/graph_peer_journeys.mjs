// The graph as TensorBoard's own page cuts it, beside what our server says: scopes, series, and the bundles of edges between them,
// value by value. TensorBoard makes its hierarchy in the browser, so it is read there.

import {spawn} from 'node:child_process';
import {cp, mkdir} from 'node:fs/promises';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {same, that} from './runner.mjs';

const python = fileURLToPath(new URL('../../build/venv/bin/python', import.meta.url));

/** A running TensorBoard's address. */
async function startTensorBoard(kit, logdir) {
  const words = [
    '-m',
    'tensorboard.main',
    '--logdir',
    logdir,
    '--port',
    '0',
    '--host',
    '127.0.0.1',
  ];
  const child = spawn(python, words, {stdio: ['ignore', 'pipe', 'pipe']});
  kit.onEnd(() => child.kill('SIGKILL'));
  let output = '';
  return new Promise((done, fail) => {
    const listen = (chunk) => {
      output += chunk;
      const found = /TensorBoard .* at (http:\S+)/.exec(output);
      if (found !== null) done(found[1]);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('exit', () => fail(new Error(`TensorBoard ended:\n${output}`)));
  });
}

/** Runs in TensorBoard's page: every scope with its children and the bundles between them; nothing until it is built. */
function hierarchyOfPage() {
  const elements = (root) =>
    [...root.querySelectorAll('*')].flatMap((e) => [
      e,
      ...(e.shadowRoot ? elements(e.shadowRoot) : []),
    ]);
  const graph = elements(document).find((e) => e.tagName === 'TF-GRAPH' && e.renderHierarchy);
  if (graph === undefined) return undefined;
  const {hierarchy} = graph.renderHierarchy;
  const scopes = [];
  const visit = (scope, path) => {
    const inner = scope.metagraph;
    scopes.push({
      path,
      nodes: inner.nodes().map((name) => {
        const node = hierarchy.node(name);
        // Types: 0 a scope, 1 an op, 2 a series.
        return [name, ['scope', 'op', 'series'][node.type] ?? '', node.op ?? '', node.cardinality];
      }),
      edges: inner.edges().map((edge) => {
        const bundle = inner.edge(edge);
        const {numRegularEdges: data, numControlEdges: control, totalSize} = bundle;
        // The sizes of control edges count there, too: what carries nothing has none here.
        return [
          edge.v,
          edge.w,
          data,
          control,
          bundle.numRefEdges,
          control === 0 ? totalSize : null,
        ];
      }),
    });
    for (const name of inner.nodes()) {
      const node = hierarchy.node(name);
      if (node.metagraph !== undefined) visit(node, name);
    }
  };
  visit(hierarchy.root, '');
  return scopes.filter(({path}) => !path.startsWith('__function_library__'));
}

/**
 * Their library is many scopes beside the graph, ours is one; in a call they draw the function itself as a node that no edge
 * touches, and count it; and constants, which stand at other nodes everywhere else.
 */
function withoutFunctions(nodes) {
  return nodes.filter(
    ([name, kind, op]) =>
      !name.startsWith('__function_library__') &&
      !(kind === 'op' && (op === 'Const' || /\/\(.*\)$/.test(name))),
  );
}

/** The same of our server. */
async function scopesOf(url, run, paths) {
  const found = new Map();
  for (let i = 0; i < paths.length; i += 100) {
    const query = new URLSearchParams({run, hubs: 'keep'});
    for (const path of paths.slice(i, i + 100)) query.append('path', path);
    const answer = await (await fetch(new URL(`api/v1/graph/scopes?${query}`, url))).json();
    for (const scope of answer.scopes) found.set(scope.path, scope);
  }
  return found;
}

const sorted = (rows) => rows.map((row) => JSON.stringify(row)).sort();

/**
 * @param tools `golden` the folder of golden files, `start(kit, logdir)` serves it and gives the address, `folder(kit)` a new
 * folder.
 */
export async function graphPeerJourneys(runner, {golden, start, folder}) {
  for (const log of ['mnist_small', 'tutorial', 'ev_function_calls/tf1']) {
    await runner.journey(`graph: nodes and bundles are TensorBoard's, ${log}`, async (kit) => {
      that(existsSync(python), `the peers of the tests are not installed: ${python} is missing`);
      const logdir = await folder(kit);
      await mkdir(join(logdir, log), {recursive: true});
      await cp(join(golden, log), join(logdir, log), {
        recursive: true,
        filter: (source) => !source.endsWith('.json'),
      });
      const [url, theirs] = await Promise.all([start(kit, logdir), startTensorBoard(kit, logdir)]);
      const page = await kit.open(`${theirs}#graphs`, {expect: [/.*/]});
      page.setDefaultTimeout(120_000);
      const scopes = await (
        await page.waitForFunction(hierarchyOfPage, undefined, {polling: 500})
      ).jsonValue();
      const own = await scopesOf(
        url,
        '0',
        scopes.map(({path}) => path),
      );
      let bundles = 0;
      for (const {path, nodes, edges} of scopes) {
        const scope = own.get(path);
        that(scope !== undefined, `the scope "${path}" is there`);
        const closed = new Set(nodes.filter(([, kind]) => kind === 'op').map(([name]) => name));
        const constants = new Set(nodes.filter(([, , op]) => op === 'Const').map(([name]) => name));
        same(
          sorted(
            withoutFunctions(
              scope.items.map(({path: name, kind, op = '', nodes: n = 1}) => {
                if (kind !== 'call') return [name, kind, kind === 'op' ? op : '', n];
                // They build the scope of a call when the scope around it is.
                return closed.has(name) ? [name, 'op', op, 1] : [name, 'scope', '', n + 1];
              }),
            ),
          ),
          sorted(withoutFunctions(nodes)),
          `what is in "${path}"`,
        );
        same(
          sorted(
            [...scope.lines, ...scope.shortcuts].map((line) => [
              line.from,
              line.to,
              line.tensors,
              line.controls,
              line.references ?? 0,
              line.controls === 0 ? line.elements : null,
            ]),
          ),
          sorted(edges.filter(([from]) => !constants.has(from))),
          `the bundles in "${path}"`,
        );
        bundles += edges.length;
      }
      that(bundles > 5, `${bundles} bundles in ${scopes.length} scopes`);
    });
  }
}
