// The layout of one scope's boxes and edges: layered, from bottom to top. Runs in a worker.

import {graphlib, layout} from '@dagrejs/dagre';
import type {PlacedScope, Point, ScopeGraph} from '../base/graph_scene';

/** Above these a layered layout takes longer than a person waits, and nobody can follow its edges: rows do. */
const mostBoxes = 400;
const mostEdges = 1200;
const gap = {x: 22, y: 40};

export function placeScope(graph: ScopeGraph): PlacedScope {
  const isSmall = graph.sizes.length <= mostBoxes && graph.edges.length <= mostEdges;
  return isSmall ? placeLayered(graph) : placeInRows(graph);
}

function placeLayered({sizes, edges}: ScopeGraph): PlacedScope {
  if (sizes.length === 0) return {width: 0, height: 0, centres: [], paths: []};
  const g = new graphlib.Graph({multigraph: true});
  g.setGraph({rankdir: 'BT', nodesep: gap.x, ranksep: gap.y, edgesep: 12, marginx: 0, marginy: 0});
  g.setDefaultEdgeLabel(() => ({}));
  sizes.forEach((size, i) => g.setNode(String(i), {...size}));
  edges.forEach((edge, i) => g.setEdge(String(edge.from), String(edge.to), {}, String(i)));
  layout(g);
  const label = g.graph();
  return {
    width: label.width ?? 0,
    height: label.height ?? 0,
    centres: sizes.map((_, i) => {
      const node = g.node(String(i));
      return {x: node.x ?? 0, y: node.y ?? 0};
    }),
    paths: edges.map((edge, i) => {
      const placed = g.edge({v: String(edge.from), w: String(edge.to), name: String(i)});
      return (placed.points ?? []).map((point: Point) => ({x: point.x, y: point.y}));
    }),
  };
}

/** Longest-path layers, each in rows of at most `perRow` boxes; edges are straight. */
function placeInRows({sizes, edges}: ScopeGraph): PlacedScope {
  const layers = layersOf(sizes.length, edges);
  const perRow = Math.max(8, Math.ceil(Math.sqrt(sizes.length) * 1.3));
  const rows = layers.flatMap((layer) => {
    const pieces: number[][] = [];
    for (let i = 0; i < layer.length; i += perRow) pieces.push(layer.slice(i, i + perRow));
    return pieces;
  });
  const widthOf = (row: readonly number[]): number =>
    row.reduce((sum, i) => sum + (sizes[i]?.width ?? 0) + gap.x, -gap.x);
  const width = Math.max(0, ...rows.map(widthOf));
  const centres: Point[] = sizes.map(() => ({x: 0, y: 0}));
  let bottom = 0;
  for (const row of rows) {
    const height = Math.max(0, ...row.map((i) => sizes[i]?.height ?? 0));
    let x = (width - widthOf(row)) / 2;
    for (const i of row) {
      const size = sizes[i] ?? {width: 0, height: 0};
      centres[i] = {x: x + size.width / 2, y: bottom + height / 2};
      x += size.width + gap.x;
    }
    bottom += height + gap.y;
  }
  const height = Math.max(0, bottom - gap.y);
  // Sources stand at the bottom.
  const upright = centres.map((centre) => ({x: centre.x, y: height - centre.y}));
  return {
    width,
    height,
    centres: upright,
    paths: edges.map(({from, to}) => {
      const source = upright[from] ?? {x: 0, y: 0};
      const target = upright[to] ?? {x: 0, y: 0};
      return [
        {x: source.x, y: source.y - (sizes[from]?.height ?? 0) / 2},
        {x: target.x, y: target.y + (sizes[to]?.height ?? 0) / 2},
      ];
    }),
  };
}

function layersOf(count: number, edges: ScopeGraph['edges']): number[][] {
  const targets: number[][] = Array.from({length: count}, () => []);
  const waiting: number[] = Array.from({length: count}, () => 0);
  for (const {from, to} of edges) {
    targets[from]?.push(to);
    waiting[to] = (waiting[to] ?? 0) + 1;
  }
  const layer: number[] = Array.from({length: count}, () => 0);
  const isDone: boolean[] = Array.from({length: count}, () => false);
  const open = waiting.flatMap((n, i) => (n === 0 ? [i] : []));
  let next = 0;
  for (let done = 0; done < count; done++) {
    // In a ring nothing is free: the first that is left breaks it.
    if (next >= open.length) open.push(isDone.indexOf(false));
    const at = open[next++] ?? 0;
    if (isDone[at] === true) {
      done--;
      continue;
    }
    isDone[at] = true;
    for (const target of targets[at] ?? []) {
      if (isDone[target] === true) continue;
      layer[target] = Math.max(layer[target] ?? 0, (layer[at] ?? 0) + 1);
      waiting[target] = (waiting[target] ?? 0) - 1;
      if (waiting[target] === 0) open.push(target);
    }
  }
  const layers: number[][] = [];
  layer.forEach((n, i) => (layers[n] ??= []).push(i));
  return layers.map((each) => each ?? []);
}
