// Where the parts of a graph's drawing stand: open scopes inside one another, each laid out alone, innermost first.
//
//   ┌ layer ──────────────┐   A scope's own layout knows only its children as boxes; an open child is a box as large as
//   │  ( Relu )           │   what it holds. Data flow upwards. Edges from outside enter at the bottom border and leave
//   │     ▲      hub      │   at the top one. What stands aside stands in columns at the right.
//   │ ( MatMul )  hub2    │
//   └─────▲───────────────┘
//
// The layout of one scope is somebody else's: see `PlaceScope`.

export interface Attached {
  readonly name: string;
  readonly op: string;
}

/** A call is an op that shows the function it calls when it is opened. */
export type ItemKind = 'op' | 'scope' | 'series' | 'call';

/** What is drawn as one box. */
export interface GraphItem {
  readonly path: string;
  readonly label: string;
  readonly kind: ItemKind;
  readonly op: string; // Empty for scopes.
  readonly role: 'op' | 'input' | 'output';
  readonly aside: 'in' | 'out' | undefined;
  readonly nodes: number;
  readonly series: string; // Of a series the name it is ungrouped by; else empty.
  readonly structure: number | undefined; // The same for scopes of the same structure.
  readonly constants: readonly Attached[];
  readonly summaries: readonly Attached[];
  readonly devices: readonly (readonly [string, number])[];
  readonly clusters: readonly (readonly [string, number])[]; // Of XLA; of the nodes that have one.
  readonly timeUs: number | undefined;
  readonly bytes: number | undefined;
}

/** All edges between two items. */
export interface Bundle {
  readonly from: string;
  readonly to: string;
  readonly tensors: number;
  readonly controls: number;
  readonly references: number;
  readonly elements: number;
  readonly shape: string | undefined; // Of the one tensor.
}

export interface Crossing extends Bundle {
  readonly inside: string;
  readonly outside: string;
  readonly isInput: boolean;
  readonly isDrawn: boolean;
}

export interface GraphScope {
  readonly path: string;
  readonly kind: ItemKind;
  readonly nodes: number;
  readonly timeUs: number | undefined;
  readonly bytes: number | undefined;
  readonly items: readonly GraphItem[];
  readonly lines: readonly Bundle[];
  readonly shortcuts: readonly Bundle[];
  readonly crossings: readonly Crossing[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What is named beside a box instead of being drawn with a line. */
export interface Note {
  readonly kind: 'constant' | 'summary' | 'shortcut' | 'more';
  readonly text: string;
  readonly path: string; // What a click chooses; empty for `more`.
  readonly side: 'in' | 'out';
  readonly x: number; // Its inner end, beside the box.
  readonly y: number;
}

export interface Box {
  readonly item: GraphItem;
  readonly x: number; // Of its centre, as all coordinates in units of the drawing.
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly notes: readonly Note[];
}

export interface Line {
  readonly bundle: Bundle;
  readonly points: readonly Point[]; // From the source to the target.
  readonly label: string;
  readonly labelAt: Point | undefined;
}

/** A drawing in absolute coordinates; in each list what lies behind comes first. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly frames: readonly Box[]; // Open scopes.
  readonly lines: readonly Line[];
  readonly boxes: readonly Box[];
}

/** Lays out one scope: boxes with sizes, edges by their indices. */
export interface ScopeGraph {
  readonly sizes: readonly {readonly width: number; readonly height: number}[];
  readonly edges: readonly {readonly from: number; readonly to: number}[];
}
export interface PlacedScope {
  readonly width: number;
  readonly height: number;
  readonly centres: readonly Point[];
  readonly paths: readonly (readonly Point[])[];
}
export type PlaceScope = (graph: ScopeGraph) => PlacedScope;

export const noteWidth = 78;
const noteHeight = 14;
const mostNotes = 5;
const noteGap = 8;
const framePadding = 16;
const titleHeight = 26;
const asideGap = 40;
const asideRowGap = 14;
const letterWidth = 6.4; // At 11 px, about.
const boldLetterWidth = 7.2;

/** A scope laid out, with its upper left corner at 0, 0. */
interface Laid {
  readonly width: number;
  readonly height: number;
  readonly frames: readonly Box[];
  readonly lines: readonly Line[];
  readonly boxes: readonly Box[];
  /** Where edges cross the border, by `portKey`: edges outside go on from there. */
  readonly ports: ReadonlyMap<string, number>;
}

function portKey(isInput: boolean, outside: string): string {
  return `${isInput ? 'in' : 'out'} ${outside}`;
}

interface Sized {
  readonly item: GraphItem;
  readonly inner: Laid | undefined; // Open scopes.
  readonly width: number; // With its notes.
  readonly height: number;
  readonly core: {readonly width: number; readonly height: number};
  readonly notes: readonly Omit<Note, 'x' | 'y'>[];
}

export function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function coreSize(item: GraphItem): {width: number; height: number} {
  const letters = Math.min(item.label.length, 22);
  if (item.kind === 'op') return {width: Math.max(44, letters * letterWidth + 20), height: 24};
  const count = String(item.nodes).length * 6 + 14;
  return {width: Math.max(76, letters * boldLetterWidth + count + 32), height: 34};
}

/** What stands beside each item of a scope, at most five on a side. */
function notesOf(scope: GraphScope, item: GraphItem): Omit<Note, 'x' | 'y'>[] {
  const notes: Omit<Note, 'x' | 'y'>[] = [];
  const seen = new Set<string>();
  const add = (kind: Note['kind'], path: string, side: Note['side']): void => {
    if (seen.has(`${side}${path}`)) return;
    seen.add(`${side}${path}`);
    notes.push({kind, text: lastPart(path), path, side});
  };
  for (const constant of item.constants) add('constant', constant.name, 'in');
  for (const summary of item.summaries) add('summary', summary.name, 'out');
  for (const bundle of scope.shortcuts) {
    if (bundle.to === item.path) add('shortcut', bundle.from, 'in');
    if (bundle.from === item.path) add('shortcut', bundle.to, 'out');
  }
  for (const crossing of scope.crossings) {
    if (crossing.inside !== item.path || crossing.isDrawn) continue;
    add('shortcut', crossing.outside, crossing.isInput ? 'in' : 'out');
  }
  return (['in', 'out'] as const).flatMap((side) => {
    const list = notes.filter((note) => note.side === side);
    const rest = list.length - mostNotes;
    if (rest <= 0) return list;
    return [...list.slice(0, mostNotes), {kind: 'more' as const, text: `+${rest}`, path: '', side}];
  });
}

function sizeOf(item: GraphItem, scope: GraphScope, inner: Laid | undefined): Sized {
  if (inner !== undefined) {
    const core = {width: inner.width, height: inner.height};
    return {item, inner, ...core, core, notes: []};
  }
  const core = coreSize(item);
  const notes = notesOf(scope, item);
  const rows = (side: Note['side']): number => notes.filter((note) => note.side === side).length;
  // The box stays in the middle, so that edges meet it: both sides are as wide as the wider one.
  const hasNotes = notes.length > 0;
  return {
    item,
    inner,
    width: core.width + (hasNotes ? 2 * noteWidth : 0),
    height: Math.max(core.height, Math.max(rows('in'), rows('out')) * noteHeight),
    core,
    notes,
  };
}

function moved(point: Point, dx: number, dy: number): Point {
  return {x: point.x + dx, y: point.y + dy};
}

function movedBox(box: Box, dx: number, dy: number): Box {
  return {
    ...box,
    x: box.x + dx,
    y: box.y + dy,
    notes: box.notes.map((note) => ({...note, x: note.x + dx, y: note.y + dy})),
  };
}

function movedLine(line: Line, dx: number, dy: number): Line {
  return {
    ...line,
    points: line.points.map((point) => moved(point, dx, dy)),
    labelAt: line.labelAt === undefined ? undefined : moved(line.labelAt, dx, dy),
  };
}

/** "[128,1000]" as a drawing says it: "128×1000", "scalar"; nothing when nothing is known. */
export function shapeLabel(shape: string | undefined): string {
  if (shape === undefined || shape === '?') return '';
  if (shape === '[]') return 'scalar';
  return shape.replace(/^\[|\]$/g, '').replaceAll(',', '×');
}

function lineOf(bundle: Bundle, points: readonly Point[], tensors: (n: number) => string): Line {
  const label =
    bundle.tensors === 1
      ? shapeLabel(bundle.shape)
      : bundle.tensors > 1
        ? tensors(bundle.tensors)
        : '';
  const middle = points[Math.floor((points.length - 1) / 2)];
  const next = points[Math.floor((points.length - 1) / 2) + 1];
  const labelAt =
    middle === undefined || next === undefined
      ? middle
      : points.length % 2 === 0
        ? {x: (middle.x + next.x) / 2, y: (middle.y + next.y) / 2}
        : middle;
  return {bundle, points, label, labelAt};
}

/** Ends of a path that dagre cut at a box with its notes are led on to the box itself. */
function meet(point: Point, centre: Point, core: {width: number; height: number}): Point {
  const dx = point.x - centre.x;
  const dy = point.y - centre.y;
  const scale = Math.min(
    dx === 0 ? Infinity : core.width / 2 / Math.abs(dx),
    dy === 0 ? Infinity : core.height / 2 / Math.abs(dy),
  );
  return Number.isFinite(scale) && scale < 1
    ? {x: centre.x + dx * scale, y: centre.y + dy * scale}
    : point;
}

export interface SceneOptions {
  readonly place: PlaceScope;
  readonly tensors: (n: number) => string; // "3 tensors".
}

/** The drawing with these scopes open. An open scope that has not been read yet is drawn closed. */
export function layScene(
  scopes: ReadonlyMap<string, GraphScope>,
  open: ReadonlySet<string>,
  options: SceneOptions,
): Scene {
  const root = scopes.get('');
  if (root === undefined) return {width: 0, height: 0, frames: [], lines: [], boxes: []};
  const {width, height, frames, lines, boxes} = layScope(root, scopes, open, options, 0);
  return {width, height, frames, lines, boxes};
}

function layScope(
  scope: GraphScope,
  scopes: ReadonlyMap<string, GraphScope>,
  open: ReadonlySet<string>,
  options: SceneOptions,
  depth: number,
): Laid {
  const sized = scope.items.map((item) => {
    const inner = open.has(item.path) ? scopes.get(item.path) : undefined;
    return sizeOf(
      item,
      scope,
      inner === undefined ? undefined : layScope(inner, scopes, open, options, depth + 1),
    );
  });
  const main = sized.filter((each) => each.item.aside === undefined);
  const at = new Map(main.map((each, i) => [each.item.path, i]));

  // Ends of edges that cross the border are boxes without size.
  const sizes = main.map(({width, height}) => ({width, height}));
  const ends = new Map<string, number>();
  const endOf = (crossing: Crossing): number => {
    const key = portKey(crossing.isInput, crossing.outside);
    let end = ends.get(key);
    if (end === undefined) {
      end = sizes.push({width: 1, height: 1}) - 1;
      ends.set(key, end);
    }
    return end;
  };
  const edges: {from: number; to: number}[] = [];
  const bundles: {bundle: Bundle; enters: boolean; leaves: boolean}[] = [];
  for (const bundle of scope.lines) {
    const from = at.get(bundle.from);
    const to = at.get(bundle.to);
    if (from === undefined || to === undefined) continue;
    edges.push({from, to});
    bundles.push({bundle, enters: false, leaves: false});
  }
  for (const crossing of scope.crossings) {
    const inside = at.get(crossing.inside);
    if (!crossing.isDrawn || inside === undefined) continue;
    const end = endOf(crossing);
    edges.push(crossing.isInput ? {from: end, to: inside} : {from: inside, to: end});
    bundles.push({bundle: crossing, enters: crossing.isInput, leaves: !crossing.isInput});
  }
  const placed = options.place({sizes, edges});

  const isRoot = scope.path === '';
  const left = framePadding;
  const top = isRoot ? framePadding : titleHeight + framePadding / 2;
  const boxes: Box[] = [];
  const frames: Box[] = [];
  const lines: Line[] = [];
  const put = (each: Sized, centre: Point): void => {
    const box: Box = {
      item: each.item,
      ...centre,
      ...each.core,
      depth,
      notes: placeNotes(each, centre),
    };
    if (each.inner === undefined) {
      boxes.push(box);
      return;
    }
    const dx = centre.x - each.width / 2;
    const dy = centre.y - each.height / 2;
    frames.push(box, ...each.inner.frames.map((inner) => movedBox(inner, dx, dy)));
    lines.push(...each.inner.lines.map((line) => movedLine(line, dx, dy)));
    boxes.push(...each.inner.boxes.map((inner) => movedBox(inner, dx, dy)));
  };
  main.forEach((each, i) => put(each, moved(placed.centres[i] ?? {x: 0, y: 0}, left, top)));

  let width = left + placed.width;
  let height = top + placed.height;
  for (const side of ['in', 'out'] as const) {
    const column = sized.filter((each) => each.item.aside === side);
    if (column.length === 0) continue;
    const wide = Math.max(...column.map((each) => each.width));
    const x = width + (width > left ? asideGap : 0) + wide / 2;
    let y = top;
    for (const each of column) {
      put(each, {x, y: y + each.height / 2});
      y += each.height + asideRowGap;
    }
    width = x + wide / 2;
    height = Math.max(height, y - asideRowGap);
  }
  width += framePadding;
  height += framePadding;
  if (!isRoot)
    width = Math.max(width, scope.path.length > 0 ? lastPart(scope.path).length * 8 + 60 : 0);

  // The end of an edge at one of the boxes: at an open scope where its inner part crosses the border.
  const endAt = (index: number, point: Point, isInput: boolean, other: string): Point => {
    const each = main[index];
    const at = placed.centres[index];
    if (each === undefined || at === undefined) return point;
    const centre = moved(at, left, top);
    const port = each.inner?.ports.get(portKey(isInput, other));
    if (port === undefined) return meet(point, centre, each.core);
    return {
      x: centre.x - each.width / 2 + port,
      y: centre.y + (isInput ? each.height : -each.height) / 2,
    };
  };
  const ports = new Map<string, number>();
  for (const [key, end] of ends) ports.set(key, left + (placed.centres[end]?.x ?? 0));
  bundles.forEach(({bundle, enters, leaves}, i) => {
    const edge = edges[i];
    const points = (placed.paths[i] ?? []).map((point) => moved(point, left, top));
    const [first] = points;
    const last = points.at(-1);
    if (edge === undefined || first === undefined || last === undefined) return;
    points[0] = enters ? {x: first.x, y: height} : endAt(edge.from, first, false, bundle.to);
    points[points.length - 1] = leaves
      ? {x: last.x, y: 0}
      : endAt(edge.to, last, true, bundle.from);
    lines.push(lineOf(bundle, points, options.tensors));
  });
  return {width, height, frames, lines, boxes, ports};
}

function placeNotes(each: Sized, centre: Point): Note[] {
  return (['in', 'out'] as const).flatMap((side) => {
    const list = each.notes.filter((note) => note.side === side);
    const first = centre.y - ((list.length - 1) * noteHeight) / 2;
    const x = centre.x + (each.core.width / 2 + noteGap) * (side === 'in' ? -1 : 1);
    return list.map((note, i) => ({...note, x, y: first + i * noteHeight}));
  });
}

/** A smooth path through the points of a line, as SVG writes it. */
export function smoothPath(points: readonly Point[]): string {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return '';
  const text = (point: Point): string => `${point.x.toFixed(1)},${point.y.toFixed(1)}`;
  if (points.length < 3) return `M${text(first)}L${text(last)}`;
  let path = `M${text(first)}`;
  for (let i = 1; i < points.length - 1; i++) {
    const here = points[i] ?? first;
    const next = points[i + 1] ?? last;
    const end =
      i === points.length - 2 ? next : {x: (here.x + next.x) / 2, y: (here.y + next.y) / 2};
    path += `Q${text(here)} ${text(end)}`;
  }
  return path;
}

/** Widths in units of the drawing: 1 for a single number to 6 for five million. */
export function lineWidth(bundle: Bundle): number {
  const elements = Math.min(Math.max(bundle.elements, 1), 5e6);
  return 1 + (5 * (elements ** 0.3 - 1)) / (5e6 ** 0.3 - 1);
}

/** The scopes above a path that are drawn, by their paths: itself when it is drawn. */
export function visibleAncestor(
  path: string,
  isVisible: (path: string) => boolean,
): string | undefined {
  for (let at = path; at !== ''; at = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '') {
    if (isVisible(at)) return at;
  }
  return undefined;
}
