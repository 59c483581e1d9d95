// The nodes of a graph as a list, scope by scope, each as the file has it: also constants and summaries, which the drawing
// shows at other nodes.

import {useEffect, useMemo, useRef} from 'preact/hooks';
import type {GraphRow, GraphTree} from '../../base/graph_rows';
import type {Loadable} from '../../base/loadable';
import {matchesFilter, parseTextFilter} from '../../base/text_filter';
import {useScrollTop, useSize} from '../../widgets/hooks';
import {ChevronIcon} from '../../widgets/icons';
import {words} from '../../words/words';

const rowHeight = 28;

interface NodeListProps {
  readonly graph: Loadable<GraphTree>;
  readonly search: string;
  readonly open: ReadonlySet<string>;
  readonly chosen: string;
  readonly toggle: (path: string) => void;
  readonly choose: (node: string) => void;
  readonly retry: () => void;
}

export function NodeList({graph, search, open, chosen, toggle, choose, retry}: NodeListProps) {
  const t = words.value;
  const [panel, size] = useSize<HTMLDivElement>();
  const scrollTop = useScrollTop(panel.current, rowHeight * 4);
  const tree = graph.kind === 'ready' ? graph.value : undefined;
  const rows = useMemo<readonly GraphRow[]>(() => {
    if (tree === undefined) return [];
    if (search === '') return tree.rows((path) => open.has(path));
    const filter = parseTextFilter(search);
    return tree.search((text) => matchesFilter(filter, text));
  }, [tree, search, open]);

  // A node that was chosen elsewhere, such as among the inputs, comes into view.
  const lastChosen = useRef('');
  useEffect(() => {
    if (chosen === lastChosen.current || rows.length === 0) return;
    lastChosen.current = chosen;
    const at = rows.findIndex((row) => row.kind === 'node' && row.node.name === chosen);
    const element = panel.current;
    if (at < 0 || element === null) return;
    const top = at * rowHeight;
    if (top < element.scrollTop || top > element.scrollTop + element.clientHeight - 3 * rowHeight) {
      element.scrollTop = top - element.clientHeight / 3;
    }
  }, [chosen, rows]);

  const onKey = (event: KeyboardEvent): void => {
    const element = document.activeElement;
    const at = Number(element?.getAttribute('data-row') ?? Number.NaN);
    const row = rows[at];
    if (row === undefined) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (
      row.kind === 'scope' &&
      (event.key === 'ArrowRight') !== row.isOpen &&
      (event.key === 'ArrowRight' || event.key === 'ArrowLeft')
    ) {
      toggle(row.path);
      event.preventDefault();
    }
    if (step === 0 || rows[at + step] === undefined) return;
    event.preventDefault();
    const list = panel.current;
    if (list === null) return;
    const top = (at + step) * rowHeight;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top > list.scrollTop + list.clientHeight - 3 * rowHeight)
      list.scrollTop = top - list.clientHeight + 3 * rowHeight;
    requestAnimationFrame(() =>
      list.querySelector<HTMLElement>(`[data-row="${at + step}"]`)?.focus(),
    );
  };

  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - 6);
  const last = Math.ceil((scrollTop + (size?.height ?? 800)) / rowHeight) + 10;
  return (
    <div class="fl-panel" ref={panel} data-testid="node-list" onKeyDown={onKey} tabIndex={-1}>
      <div class="fl-node fl-node-head" style={{position: 'sticky'}} aria-hidden="true">
        <span>{t.name}</span>
        <span>{t.operation}</span>
        <span class="fl-shape">{t.shape}</span>
      </div>
      {graph.kind === 'loading' && <p class="fl-node-details">{t.loading}</p>}
      {graph.kind === 'failed' && (
        <div class="fl-node-details" role="alert">
          <p>{graph.message}</p>
          <p>
            <button type="button" class="fl-button" onClick={retry}>
              {t.retry}
            </button>
          </p>
        </div>
      )}
      {tree !== undefined && rows.length === 0 && (
        <p class="fl-node-details">{t.noNodeMatches(search)}</p>
      )}
      <div class="fl-node-list" style={{height: `${rows.length * rowHeight}px`}}>
        {rows.slice(first, last).map((row, i) => {
          const at = first + i;
          const style = {top: `${at * rowHeight}px`, '--depth': row.depth};
          if (row.kind === 'scope') {
            return (
              <button
                key={`s${row.path}`}
                type="button"
                class={`fl-node ${row.isOpen ? 'fl-scope-open' : ''}`}
                style={style}
                data-row={at}
                aria-expanded={row.isOpen}
                onClick={() => toggle(row.path)}
              >
                <span class={`fl-node-name ${row.isOpen ? 'fl-open' : ''}`}>
                  <ChevronIcon />
                  <span dir="auto">{row.label}</span>
                </span>
                <span class="fl-quiet">{t.nodes(row.nodes)}</span>
                <span />
              </button>
            );
          }
          return (
            <button
              key={`n${row.node.name}|${at}`}
              type="button"
              class={`fl-node ${row.node.name === chosen ? 'fl-chosen' : ''}`}
              style={style}
              data-row={at}
              data-testid="node"
              aria-pressed={row.node.name === chosen}
              title={row.node.name}
              onClick={() => choose(row.node.name)}
            >
              <span class="fl-node-name fl-leaf">
                <span dir="auto">{row.label}</span>
              </span>
              <span class="fl-op">{row.node.op}</span>
              <span class="fl-shape">{row.node.shapes[0] ?? ''}</span>
            </button>
          );
        })}
      </div>
    </div>
  );
}
