import {expect, test} from 'vitest';
import {GraphTree, parseInput} from './graph_rows';

function node(name: string, op = 'Op') {
  return {name, op, inputs: [], device: '', shapes: []};
}

const tree = new GraphTree([
  node('x', 'Placeholder'),
  node('h1/w/read'),
  node('h1/MatMul', 'MatMul'),
  node('h2/b'),
]);

test('scopes hold their nodes and say how many', () => {
  const rows = tree.rows((path) => path === 'h1');
  expect(
    rows.map((r) =>
      r.kind === 'scope' ? `${r.depth} ${r.path}/ ${r.nodes}` : `${r.depth} ${r.label}`,
    ),
  ).toEqual(['0 x', '0 h1/ 2', '1 h1/w/ 1', '1 MatMul', '0 h2/ 1']);
});

test('search finds names and ops anywhere', () => {
  expect(tree.search((s) => s.includes('MatMul')).map((r) => r.label)).toEqual(['h1/MatMul']);
  expect(GraphTree.scopesOf('a/b/c')).toEqual(['a', 'a/b']);
});

test('inputs', () => {
  expect(parseInput('^init')).toEqual({name: 'init', output: 0, isControl: true});
  expect(parseInput('split:2')).toEqual({name: 'split', output: 2, isControl: false});
  expect(parseInput('a/b')).toEqual({name: 'a/b', output: 0, isControl: false});
});
