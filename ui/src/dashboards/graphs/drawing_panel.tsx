// The panel that holds the drawing: zoom, mini-map, legend, downloads, the menu of a box.

import type {ComponentChildren} from 'preact';
import {useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState} from 'preact/hooks';
import type {Scene} from '../../base/graph_scene';
import {MenuItem} from '../../widgets/controls';
import {useSize} from '../../widgets/hooks';
import {Popover, PopoverButton} from '../../widgets/popover';
import {words} from '../../words/words';
import {colouringOf, deviceName, type LegendEntry} from './colouring';
import type {GraphModel} from './graph_model';
import {MiniMap} from './mini_map';
import {savePng, saveSvg} from './save_drawing';
import {SceneView, type SceneActions} from './scene_view';
import {useViewBox, type ViewControl} from './use_view_box';

const emptyScene: Scene = {width: 0, height: 0, frames: [], lines: [], boxes: []};

interface DrawingPanelProps {
  readonly model: GraphModel;
  readonly name: string; // Of a file that is saved.
  readonly choose: (path: string) => void;
  readonly retry: () => void;
  readonly children: ComponentChildren;
}

export function DrawingPanel({model, name, choose, retry, children}: DrawingPanelProps) {
  const t = words.value;
  const drawing = model.drawing.value;
  const scene = drawing.kind === 'ready' ? drawing.value.scene : emptyScene;
  const [frame, size] = useSize<HTMLDivElement>();
  const layer = useRef<SVGGElement>(null);
  const control = useViewBox(frame, layer, scene);
  const [menu, setMenu] = useState<{path: string; anchor: HTMLElement} | undefined>();
  const menuAnchor = useRef<HTMLSpanElement>(null);

  useFitting(model, control, scene, size !== undefined);
  useReveal(model, control, scene);
  usePointed(model, layer);
  const colouring = useMemo(
    () => colouringOf(model.colourBy.value, scene, t),
    [scene, model.colourBy.value, t],
  );
  const toggle = useCallback(
    (path: string): void => {
      keepInPlace(model, control, path, () => model.toggle(path));
    },
    [model, control],
  );
  const chooseHere = useRef(choose);
  chooseHere.current = choose;
  const actions = useMemo<SceneActions>(
    () => ({
      choose: (path) => {
        if (!control.wasDrag()) chooseHere.current(path);
      },
      toggle,
      menu: (path, at) => {
        const anchor = menuAnchor.current;
        const box = frame.current?.getBoundingClientRect();
        if (anchor === null || box === undefined) return;
        anchor.style.left = `${at.x - box.left}px`;
        anchor.style.top = `${at.y - box.top}px`;
        chooseHere.current(path);
        setMenu({path, anchor});
      },
    }),
    [control, toggle, frame],
  );
  const selected = model.selected.value;
  const selectedPath = selected?.kind === 'ready' ? selected.value.path : '';
  return (
    <div class="fl-panel fl-drawing-panel" data-testid="graph-panel">
      <div
        ref={frame}
        class="fl-drawing"
        role="group"
        aria-label={t.graphDrawingLabel}
        aria-busy={model.isBusy.value}
        tabIndex={0}
        onClick={(event) => {
          if (!control.wasDrag() && event.target instanceof SVGSVGElement) choose('');
        }}
        onKeyDown={(event) => onKey(event, control)}
      >
        <svg class="fl-scene" role="presentation">
          <g ref={layer}>
            <SceneView
              scene={scene}
              selected={selectedPath}
              traced={model.traced.value}
              fill={colouring.fill}
              actions={actions}
            />
          </g>
        </svg>
        <span ref={menuAnchor} class="fl-menu-anchor" />
      </div>
      {drawing.kind === 'loading' && <p class="fl-drawing-state">{t.loading}</p>}
      {drawing.kind === 'failed' && (
        <div class="fl-drawing-state" role="alert">
          <p>{drawing.message}</p>
          <button type="button" class="fl-button" onClick={retry}>
            {t.retry}
          </button>
        </div>
      )}
      {drawing.kind === 'ready' && drawing.value.root.items.length === 0 && (
        <p class="fl-drawing-state">{t.graphIsEmpty}</p>
      )}
      <Controls model={model} control={control} layer={layer} scene={scene} name={name} />
      <Legend entries={colouring.legend} model={model} />
      {size !== undefined && drawing.kind === 'ready' && (
        <div class="fl-mini-map-place">
          <MiniMap scene={scene} control={control} frame={size} />
        </div>
      )}
      {menu !== undefined && (
        <Popover
          label={menu.path}
          anchor={menu.anchor}
          role="menu"
          close={() => setMenu(undefined)}
        >
          <BoxMenu
            model={model}
            path={menu.path}
            close={() => setMenu(undefined)}
            toggle={toggle}
          />
        </Popover>
      )}
      {children}
    </div>
  );
}

/** Another graph is fitted into the panel; opening a scope of the same one is not. */
function useFitting(model: GraphModel, control: ViewControl, scene: Scene, hasSize: boolean): void {
  const fitted = useRef(-1);
  const drawing = model.drawing.value;
  const version = drawing.kind === 'ready' ? drawing.value.version : -1;
  useLayoutEffect(() => {
    if (version < 0 || version === fitted.current || !hasSize) return;
    fitted.current = version;
    control.fit();
  }, [version, scene, control, hasSize]);
}

function useReveal(model: GraphModel, control: ViewControl, scene: Scene): void {
  const path = model.reveal.value;
  useEffect(() => {
    if (path === undefined) return;
    const box = [...scene.boxes, ...scene.frames].find((each) => each.item.path === path);
    if (box === undefined) return;
    model.reveal.value = undefined;
    control.reveal(box.x - box.width / 2, box.y - box.height / 2, box.width, box.height);
  }, [path, scene, model, control]);
}

/** What the pointer is on in a list stands out in the drawing, or the box that it is hidden in. */
function usePointed(model: GraphModel, layer: {readonly current: SVGGElement | null}): void {
  const path = model.pointed.value;
  useEffect(() => {
    let found: Element | null | undefined;
    for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
      found = layer.current?.querySelector(`[data-path="${CSS.escape(at)}"]`);
      if (found) break;
    }
    found?.classList.add('fl-g-pointed');
    return () => found?.classList.remove('fl-g-pointed');
  }, [path, layer]);
}

/** A scope opens where it is: its upper left corner stays under the eye. */
function keepInPlace(
  model: GraphModel,
  control: ViewControl,
  path: string,
  change: () => Promise<void>,
): void {
  const corner = (): {x: number; y: number} | undefined => {
    const drawing = model.drawing.peek();
    if (drawing.kind !== 'ready') return undefined;
    const {boxes, frames} = drawing.value.scene;
    const box = [...boxes, ...frames].find((each) => each.item.path === path);
    return box === undefined ? undefined : {x: box.x - box.width / 2, y: box.y - box.height / 2};
  };
  const before = corner();
  void change().then(() => {
    const after = corner();
    if (before === undefined || after === undefined) return;
    const view = control.get();
    control.set({...view, x: view.x + after.x - before.x, y: view.y + after.y - before.y});
  });
}

function onKey(event: KeyboardEvent, control: ViewControl): void {
  const view = control.get();
  const step = 60 / view.scale;
  const moves: Readonly<Record<string, () => void>> = {
    '+': () => control.zoomBy(1.3),
    '=': () => control.zoomBy(1.3),
    '-': () => control.zoomBy(1 / 1.3),
    '0': () => control.fit(),
    ArrowLeft: () => control.set({...view, x: view.x - step}),
    ArrowRight: () => control.set({...view, x: view.x + step}),
    ArrowUp: () => control.set({...view, y: view.y - step}),
    ArrowDown: () => control.set({...view, y: view.y + step}),
  };
  const move = event.ctrlKey || event.metaKey || event.altKey ? undefined : moves[event.key];
  if (move === undefined) return;
  event.preventDefault();
  move();
}

interface ControlsProps {
  readonly model: GraphModel;
  readonly control: ViewControl;
  readonly layer: {readonly current: SVGGElement | null};
  readonly scene: Scene;
  readonly name: string;
}

function Controls({model, control, layer, scene, name}: ControlsProps) {
  const t = words.value;
  return (
    <div class="fl-drawing-controls" role="group" aria-label={t.zoom}>
      <button
        type="button"
        class="fl-button"
        title={t.zoomIn}
        aria-label={t.zoomIn}
        onClick={() => control.zoomBy(1.3)}
      >
        +
      </button>
      <button
        type="button"
        class="fl-button"
        title={t.zoomOut}
        aria-label={t.zoomOut}
        onClick={() => control.zoomBy(1 / 1.3)}
      >
        −
      </button>
      <button type="button" class="fl-button" data-testid="graph-fit" onClick={() => control.fit()}>
        {t.fit}
      </button>
      <button type="button" class="fl-button" onClick={() => void model.closeAll()}>
        {t.closeAll}
      </button>
      <PopoverButton
        hasWords
        label={t.download}
        class="fl-button"
        role="menu"
        testId="graph-download"
        face={<span>{t.download} ▾</span>}
      >
        {(close) => (
          <div class="fl-menu">
            <MenuItem
              run={() => {
                if (layer.current !== null) saveSvg(name, layer.current, scene);
                close();
              }}
            >
              SVG
            </MenuItem>
            <MenuItem
              run={() => {
                if (layer.current !== null) void savePng(name, layer.current, scene);
                close();
              }}
            >
              PNG
            </MenuItem>
          </div>
        )}
      </PopoverButton>
    </div>
  );
}

interface LegendProps {
  readonly entries: readonly LegendEntry[];
  readonly model: GraphModel;
}

function Legend({entries, model}: LegendProps) {
  const t = words.value;
  const by = model.colourBy.value;
  const drawing = model.drawing.value;
  const devices =
    drawing.kind === 'ready' && (by === 'time' || by === 'memory') ? drawing.value.devices : [];
  return (
    <details class="fl-legend">
      <summary>{t.legend}</summary>
      <ul>
        {entries.map((entry, i) => (
          <li key={i}>
            <svg width="18" height="12" aria-hidden="true">
              <g class={`fl-g-box ${entry.class}`}>
                <rect class="fl-g-shape" x="1" y="1" width="16" height="10" rx="3" />
              </g>
            </svg>
            {entry.text}
          </li>
        ))}
        {devices.length > 1 &&
          devices.map((device) => (
            <li key={device}>
              <label title={device}>
                <input
                  type="checkbox"
                  checked={!model.marks.value.without.has(device)}
                  onChange={(event) => void model.setCounted(device, event.currentTarget.checked)}
                />{' '}
                {deviceName(device)}
              </label>
            </li>
          ))}
        <li>
          <svg width="18" height="12" aria-hidden="true">
            <g class="fl-g-box fl-g-call">
              <rect class="fl-g-shape" x="1" y="1" width="16" height="10" rx="3" />
            </g>
          </svg>
          {t.legendCall}
        </li>
        {(
          [
            ['fl-g-line', t.legendData],
            ['fl-g-line fl-g-control', t.legendControl],
            ['fl-g-line fl-g-reference', t.legendReference],
          ] as const
        ).map(([name, text]) => (
          <li key={name}>
            <svg width="18" height="12" aria-hidden="true">
              <g class={name}>
                <path class="fl-g-path" d="M1,6H17" stroke-width="1.5" />
              </g>
            </svg>
            {text}
          </li>
        ))}
        <li>
          <svg width="18" height="12" aria-hidden="true">
            <g class="fl-g-note fl-g-note-constant">
              <circle cx="9" cy="6" r="3.5" />
            </g>
          </svg>
          {t.legendConstant}
        </li>
        <li>
          <svg width="18" height="12" aria-hidden="true">
            <g class="fl-g-note fl-g-note-summary">
              <path class="fl-g-bars" d="M6,10v-4m3,4v-8m3,8v-6" />
            </g>
          </svg>
          {t.legendSummary}
        </li>
        <li>
          <svg width="18" height="12" aria-hidden="true">
            <g class="fl-g-note fl-g-note-shortcut">
              <rect x="4" y="2.5" width="9" height="7" rx="3" />
            </g>
          </svg>
          {t.legendShortcut}
        </li>
      </ul>
    </details>
  );
}

interface BoxMenuProps {
  readonly model: GraphModel;
  readonly path: string;
  readonly close: () => void;
  readonly toggle: (path: string) => void;
}

function BoxMenu({model, path, close, toggle}: BoxMenuProps) {
  const t = words.value;
  const drawing = model.drawing.value;
  if (drawing.kind !== 'ready') return null;
  const {boxes, frames} = drawing.value.scene;
  const item = [...frames, ...boxes].find((box) => box.item.path === path)?.item;
  if (item === undefined) return null;
  const run = (action: () => void) => () => {
    action();
    close();
  };
  return (
    <div class="fl-menu">
      {item.kind !== 'op' && (
        <MenuItem run={run(() => toggle(path))}>
          {model.isOpen(path) ? t.closeScope : t.openScope}
        </MenuItem>
      )}
      <MenuItem run={run(() => void model.setAside(path, item.aside === undefined))}>
        {item.aside === undefined ? t.putAside : t.putBack}
      </MenuItem>
      {item.kind === 'series' && (
        <MenuItem run={run(() => void model.setGrouped(item.series, false))}>
          {t.ungroupSeries}
        </MenuItem>
      )}
      <MenuItem run={run(() => void navigator.clipboard?.writeText(path))}>{t.copyName}</MenuItem>
    </div>
  );
}
