// The drawing of a graph: frames, lines, boxes, in SVG. A press chooses, a second press at once or the sign at the corner
// opens and closes. Every box can be reached by the keyboard.

import {memo} from 'preact/compat';
import {
  lineWidth,
  smoothPath,
  type Box,
  type Line,
  type Note,
  type Scene,
} from '../../base/graph_scene';
import {formatCount} from '../../base/format';
import {words} from '../../words/words';

/** How boxes are filled; a class each. */
export type Fill = (box: Box) => string;

export interface SceneActions {
  readonly choose: (path: string) => void;
  readonly toggle: (path: string) => void;
  readonly menu: (path: string, at: {x: number; y: number}) => void;
}

interface SceneViewProps {
  readonly scene: Scene;
  readonly selected: string;
  readonly traced: ReadonlySet<string> | undefined;
  readonly fill: Fill;
  readonly actions: SceneActions;
}

export const SceneView = memo(function SceneView(props: SceneViewProps) {
  const {scene, selected, traced} = props;
  const isDim = (path: string): boolean => traced !== undefined && !traced.has(path);
  return (
    <>
      {scene.frames.map((box) => (
        <BoxView
          key={`f${box.item.path}`}
          {...props}
          box={box}
          isOpen
          isDim={isDim(box.item.path)}
        />
      ))}
      {scene.lines.map((line) => {
        const {from, to} = line.bundle;
        return (
          <LineView
            key={`${from}>${to}${line.points[0]?.x}`}
            line={line}
            isNear={selected !== '' && (from === selected || to === selected)}
            isDim={isDim(from) || isDim(to)}
          />
        );
      })}
      {scene.boxes.map((box) => (
        <BoxView
          key={box.item.path}
          {...props}
          box={box}
          isOpen={false}
          isDim={isDim(box.item.path)}
        />
      ))}
    </>
  );
});

interface BoxViewProps extends SceneViewProps {
  readonly box: Box;
  readonly isOpen: boolean;
  readonly isDim: boolean;
}

function BoxView({box, isOpen, isDim, selected, fill, actions}: BoxViewProps) {
  const t = words.value;
  const {item} = box;
  const canOpen = item.kind !== 'op';
  const left = box.x - box.width / 2;
  const top = box.y - box.height / 2;
  const isChosen = item.path === selected;
  const names = [
    'fl-g-box',
    `fl-g-${item.kind}`,
    isOpen ? 'fl-g-open' : '',
    isChosen ? 'fl-g-chosen' : '',
    isDim ? 'fl-g-dim' : '',
    item.role === 'op' ? '' : `fl-g-${item.role}`,
    fill(box),
  ];
  const shown = shortened(item.label, isOpen ? Math.max(8, Math.floor((box.width - 50) / 7)) : 22);
  const whole = [item.path, item.op, canOpen ? t.nodes(item.nodes) : '']
    .filter((part) => part !== '')
    .join(', ');
  // Who speaks to the page says what can be seen.
  const label = whole.includes(shown) ? whole : `${shown}, ${whole}`;
  return (
    <>
      <g
        class={names.join(' ')}
        role="button"
        tabindex={0}
        aria-label={label}
        aria-pressed={isChosen}
        aria-expanded={canOpen ? isOpen : undefined}
        data-path={item.path}
        data-testid="graph-box"
        onClick={() => actions.choose(item.path)}
        onDblClick={() => canOpen && actions.toggle(item.path)}
        onContextMenu={(event) => {
          event.preventDefault();
          actions.menu(item.path, {x: event.clientX, y: event.clientY});
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && canOpen) actions.toggle(item.path);
          else if (event.key === ' ' || event.key === 'Enter') actions.choose(item.path);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      >
        <title>{whole}</title>
        {item.kind === 'series' && !isOpen && (
          <>
            <rect
              class="fl-g-under"
              x={left + 6}
              y={top - 6}
              width={box.width}
              height={box.height}
              rx={7}
            />
            <rect
              class="fl-g-under"
              x={left + 3}
              y={top - 3}
              width={box.width}
              height={box.height}
              rx={7}
            />
          </>
        )}
        <rect
          class="fl-g-shape"
          x={left}
          y={top}
          width={box.width}
          height={box.height}
          rx={item.kind === 'op' ? box.height / 2 : 7}
        />
        {isOpen ? (
          <text class="fl-g-title" x={left + 26} y={top + 17}>
            {shown}
          </text>
        ) : (
          <text class="fl-g-label" x={canOpen ? left + 24 : box.x} y={box.y + 4}>
            {shown}
          </text>
        )}
      </g>
      {canOpen && !isOpen && (
        <text class="fl-g-count" aria-hidden="true" x={left + box.width - 8} y={box.y + 3.5}>
          {formatCount(item.nodes)}
        </text>
      )}
      {canOpen && (
        <g
          class={`fl-g-sign ${isDim ? 'fl-g-dim' : ''}`}
          data-sign={item.path}
          onClick={(event) => {
            event.stopPropagation();
            actions.toggle(item.path);
          }}
        >
          <circle cx={left + 13} cy={isOpen ? top + 13 : box.y} r={7} />
          <path
            d={`M${left + 10},${isOpen ? top + 13 : box.y}h6${isOpen ? '' : `m-3,-3v6`}`}
            fill="none"
          />
        </g>
      )}
      {box.notes.map((note, i) => (
        <NoteView key={i} note={note} isDim={isDim} choose={actions.choose} />
      ))}
    </>
  );
}

interface NoteViewProps {
  readonly note: Note;
  readonly isDim: boolean;
  readonly choose: (path: string) => void;
}

function NoteView({note, isDim, choose}: NoteViewProps) {
  const out = note.side === 'out' ? 1 : -1;
  const at = note.x + out * 8;
  return (
    <g
      class={`fl-g-note fl-g-note-${note.kind} ${isDim ? 'fl-g-dim' : ''}`}
      data-note={note.path}
      onClick={() => note.path !== '' && choose(note.path)}
    >
      <title>{note.path === '' ? note.text : note.path}</title>
      {note.kind !== 'more' && (
        <path class="fl-g-note-line" d={`M${note.x - out * 6},${note.y}H${at}`} />
      )}
      {note.kind === 'constant' && <circle cx={at + out * 4} cy={note.y} r={3.5} />}
      {note.kind === 'summary' && (
        <path d={`M${at + 1},${note.y + 4}v-4m3,4v-8m3,8v-6`} class="fl-g-bars" />
      )}
      {note.kind === 'shortcut' && (
        <rect x={out > 0 ? at : at - 9} y={note.y - 3.5} width={9} height={7} rx={3} />
      )}
      <text x={at + out * 12} y={note.y + 3} text-anchor={out > 0 ? 'start' : 'end'}>
        {shortened(note.text, 11)}
      </text>
    </g>
  );
}

function LineView({
  line,
  isNear,
  isDim,
}: {
  readonly line: Line;
  readonly isNear: boolean;
  readonly isDim: boolean;
}) {
  const {bundle} = line;
  const isControl = bundle.tensors === 0;
  const isReference = bundle.references > 0;
  const names = [
    'fl-g-line',
    isControl ? 'fl-g-control' : '',
    isReference ? 'fl-g-reference' : '',
    isNear ? 'fl-g-near' : '',
    isDim ? 'fl-g-dim' : '',
  ];
  const tip = isReference ? line.points[0] : line.points.at(-1);
  const before = isReference ? line.points[1] : line.points.at(-2);
  return (
    <g class={names.join(' ')}>
      <path
        class="fl-g-path"
        d={smoothPath(line.points)}
        stroke-width={(isControl ? 1 : lineWidth(bundle)).toFixed(2)}
      />
      {tip !== undefined && before !== undefined && (
        <path class="fl-g-tip" d={arrow(before, tip, 4 + lineWidth(bundle) * 0.8)} />
      )}
      {line.labelAt !== undefined && line.label !== '' && (
        <text class="fl-g-edge-label" x={line.labelAt.x} y={line.labelAt.y}>
          {line.label}
        </text>
      )}
    </g>
  );
}

function arrow(from: {x: number; y: number}, tip: {x: number; y: number}, size: number): string {
  const length = Math.hypot(tip.x - from.x, tip.y - from.y) || 1;
  const ux = (tip.x - from.x) / length;
  const uy = (tip.y - from.y) / length;
  const x = tip.x - ux * size;
  const y = tip.y - uy * size;
  const half = size * 0.5;
  const point = (px: number, py: number): string => `${px.toFixed(1)},${py.toFixed(1)}`;
  return `M${point(tip.x, tip.y)}L${point(x - uy * half, y + ux * half)}L${point(x + uy * half, y - ux * half)}Z`;
}

/** Long names keep their ends, which tell them apart. */
function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = Math.ceil((most - 1) * 0.6);
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`;
}
