import {describe, expect, it} from 'vitest';
import {placeScope} from './graph_layout';
import {
  layScene,
  lineWidth,
  shapeLabel,
  smoothPath,
  type Bundle,
  type GraphItem,
  type GraphScope,
  type Scene,
} from '../base/graph_scene';

function item(path: string, more: Partial<GraphItem> = {}): GraphItem {
  return {
    path,
    label: path.slice(path.lastIndexOf('/') + 1),
    kind: 'op',
    op: 'Op',
    role: 'op',
    aside: undefined,
    nodes: 1,
    series: '',
    structure: undefined,
    constants: [],
    summaries: [],
    clusters: [],
    devices: [],
    timeUs: undefined,
    bytes: undefined,
    ...more,
  };
}

function bundle(from: string, to: string, more: Partial<Bundle> = {}): Bundle {
  return {from, to, tensors: 1, controls: 0, references: 0, elements: 1, shape: undefined, ...more};
}

function scope(
  path: string,
  items: readonly GraphItem[],
  more: Partial<GraphScope> = {},
): GraphScope {
  return {
    path,
    kind: 'scope',
    nodes: items.length,
    timeUs: undefined,
    bytes: undefined,
    items,
    lines: [],
    shortcuts: [],
    crossings: [],
    ...more,
  };
}

const options = {place: placeScope, tensors: (n: number) => `${n} tensors`};

function draw(scopes: readonly GraphScope[], open: readonly string[] = []): Scene {
  return layScene(new Map(scopes.map((each) => [each.path, each])), new Set(open), options);
}

function boxAt(scene: Scene, path: string) {
  const box = [...scene.boxes, ...scene.frames].find((each) => each.item.path === path);
  if (box === undefined) throw new Error(`no box ${path}`);
  return box;
}

const layer = scope('layer', [item('layer/a'), item('layer/b')], {
  lines: [bundle('layer/a', 'layer/b', {shape: '[2,3]'})],
  crossings: [
    {...bundle('x', 'layer/a'), inside: 'layer/a', outside: 'x', isInput: true, isDrawn: true},
    {...bundle('x', 'layer/b'), inside: 'layer/b', outside: 'x', isInput: true, isDrawn: false},
  ],
});
const root = scope(
  '',
  [
    item('x'),
    item('layer', {kind: 'scope', nodes: 2, op: ''}),
    item('hub', {aside: 'in'}),
    item('y', {
      constants: [{name: 'c', op: 'Const'}],
      summaries: [{name: 's', op: 'ScalarSummary'}],
    }),
  ],
  {
    lines: [bundle('x', 'layer'), bundle('layer', 'y', {tensors: 2})],
    shortcuts: [bundle('hub', 'y')],
  },
);

describe('layScene', () => {
  it('lets data flow upwards', () => {
    const scene = draw([root, layer]);
    expect(boxAt(scene, 'x').y).toBeGreaterThan(boxAt(scene, 'layer').y);
    expect(boxAt(scene, 'layer').y).toBeGreaterThan(boxAt(scene, 'y').y);
    expect(scene.frames).toEqual([]);
  });

  it('puts an open scope around what it holds, and nothing outside the drawing', () => {
    const scene = draw([root, layer], ['layer']);
    const frame = boxAt(scene, 'layer');
    expect(scene.frames).toContain(frame);
    for (const path of ['layer/a', 'layer/b']) {
      const box = boxAt(scene, path);
      expect(Math.abs(box.x - frame.x) + box.width / 2).toBeLessThanOrEqual(frame.width / 2);
      expect(Math.abs(box.y - frame.y) + box.height / 2).toBeLessThanOrEqual(frame.height / 2);
    }
    for (const box of [...scene.boxes, ...scene.frames]) {
      expect(box.x - box.width / 2).toBeGreaterThanOrEqual(0);
      expect(box.y - box.height / 2).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width / 2).toBeLessThanOrEqual(scene.width);
      expect(box.y + box.height / 2).toBeLessThanOrEqual(scene.height);
    }
  });

  it('leads an edge from outside in at the bottom border', () => {
    const scene = draw([root, layer], ['layer']);
    const frame = boxAt(scene, 'layer');
    const inner = scene.lines.find((line) => line.bundle.to === 'layer/a');
    expect(inner?.points[0]?.y).toBeCloseTo(frame.y + frame.height / 2, 0);
    // The part outside ends where the part inside begins.
    const outer = scene.lines.find((line) => line.bundle.to === 'layer');
    expect(outer?.points.at(-1)).toEqual(inner?.points[0]);
  });

  it('draws a scope closed until it has been read', () => {
    const scene = draw([root], ['layer']);
    expect(scene.frames).toEqual([]);
    expect(boxAt(scene, 'layer').item.kind).toBe('scope');
  });

  it('names what has no line beside its box, at most five on a side', () => {
    const notes = boxAt(draw([root, layer]), 'y').notes;
    expect(notes.map((note) => [note.kind, note.side, note.path])).toEqual([
      ['constant', 'in', 'c'],
      ['shortcut', 'in', 'hub'],
      ['summary', 'out', 's'],
    ]);
    const many = Array.from({length: 9}, (_, i) => ({name: `c${i}`, op: 'Const'}));
    const [box] = draw([scope('', [item('z', {constants: many})])]).boxes;
    expect(box?.notes.map((note) => note.text)).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', '+4']);
  });

  it('stands hubs at the right of everything', () => {
    const scene = draw([root, layer]);
    expect(boxAt(scene, 'hub').x).toBeGreaterThan(
      boxAt(scene, 'y').x + boxAt(scene, 'y').width / 2,
    );
  });

  it('labels an edge with its shape, or with how many tensors it carries', () => {
    const labels = new Map(
      draw([root, layer], ['layer']).lines.map((line) => [
        `${line.bundle.from}>${line.bundle.to}`,
        line.label,
      ]),
    );
    expect(labels.get('layer/a>layer/b')).toBe('2×3');
    expect(labels.get('layer>y')).toBe('2 tensors');
    expect(labels.get('x>layer')).toBe('');
  });

  it('draws nothing of a graph that has not been read', () => {
    expect(draw([])).toEqual({width: 0, height: 0, frames: [], lines: [], boxes: []});
  });
});

describe('placeScope', () => {
  it('lays out scopes too large for layers in rows, rings too', () => {
    const count = 1000;
    const sizes = Array.from({length: count}, () => ({width: 50, height: 24}));
    const edges = Array.from({length: count}, (_, i) => ({from: i, to: (i + 1) % count}));
    const placed = placeScope({sizes, edges});
    expect(placed.centres).toHaveLength(count);
    expect(new Set(placed.centres.map(({x, y}) => `${x} ${y}`)).size).toBe(count);
    for (const {x, y} of placed.centres) {
      expect(x).toBeGreaterThan(0);
      expect(y).toBeGreaterThan(0);
      expect(x).toBeLessThan(placed.width);
      expect(y).toBeLessThan(placed.height);
    }
  });
});

describe('pieces of a drawing', () => {
  it('says shapes as people do', () => {
    expect(['[2,?]', '[]', '?', undefined].map(shapeLabel)).toEqual(['2×?', 'scalar', '', '']);
  });

  it('makes lines wider with what they carry, within bounds', () => {
    const width = (elements: number) => lineWidth(bundle('a', 'b', {elements}));
    expect(width(0)).toBe(1);
    expect(width(1e9)).toBeCloseTo(6);
    expect(width(1000)).toBeLessThan(width(100_000));
  });

  it('begins and ends a path where the line does', () => {
    const path = smoothPath([
      {x: 0, y: 1},
      {x: 5, y: 5},
      {x: 9, y: 2},
    ]);
    expect(path.startsWith('M0.0,1.0')).toBe(true);
    expect(path.endsWith('9.0,2.0')).toBe(true);
    expect(smoothPath([])).toBe('');
  });
});
