// The graph of a run as a list of its nodes, scope by scope, with what is known of the chosen one.

import {useEffect, useMemo, useRef, useState} from 'preact/hooks';
import type {RefObject} from 'preact';
import {formatCount} from '../../base/format';
import {GraphTree, parseInput, type GraphNode, type GraphRow} from '../../base/graph_rows';
import {failed, loading, ready, type Loadable} from '../../base/loadable';
import {matchesFilter, parseTextFilter} from '../../base/text_filter';
import {toggled} from '../../state/view';
import {useBoard} from '../../widgets/context';
import {FilterField, MenuItem} from '../../widgets/controls';
import {describeError} from '../../widgets/describe_error';
import {useScrollTop, useSize} from '../../widgets/hooks';
import {ChevronIcon} from '../../widgets/icons';
import {PopoverButton} from '../../widgets/popover';
import {EmptyState, Snippet, graphSnippets} from '../../widgets/states';
import {words} from '../../words/words';

const rowHeight = 28;
// A small graph is read at a glance; a large one is opened scope by scope.
const mostOpenAtFirst = 60;

export function Graphs({filterRef}: {readonly filterRef: RefObject<HTMLInputElement | null>}) {
  const board = useBoard();
  const t = words.value;
  const view = board.view.value;
  const loadableTags = board.server.tags.value;
  const byId = board.runById.value;
  const runs = useMemo(() => {
    const ids = new Set(
      (loadableTags.kind === 'ready' ? loadableTags.value : [])
        .filter((tag) => tag.kind === 'graphs')
        .flatMap((tag) => tag.runs),
    );
    return [...byId.values()].filter((run) => ids.has(run.id));
  }, [loadableTags, byId]);
  const run = runs.find((r) => r.name === view.graphRun) ?? runs[0];
  const [graph, setGraph] = useState<Loadable<GraphTree>>(loading);
  const [attempt, setAttempt] = useState(0);
  const [search, setSearch] = useState('');
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const runId = run?.id;
  const epoch = board.epoch.value;

  useEffect(() => {
    if (runId === undefined) return;
    const abort = new AbortController();
    setGraph((known) => (known.kind === 'ready' ? known : loading));
    board.api.graph(runId, abort.signal).then(
      (answer) => {
        const tree = new GraphTree(answer.nodes);
        setGraph(ready(tree));
        const chosen = board.view.peek().node;
        setOpen((known) => {
          const next = new Set(known);
          if (answer.nodes.length <= mostOpenAtFirst)
            for (const node of answer.nodes)
              for (const s of GraphTree.scopesOf(node.name)) next.add(s);
          for (const scope of GraphTree.scopesOf(chosen)) next.add(scope);
          return next;
        });
      },
      (error: unknown) => {
        if (!abort.signal.aborted) setGraph(failed(describeError(error)));
      },
    );
    return () => abort.abort();
  }, [board, runId, epoch, attempt]);

  if (loadableTags.kind === 'ready' && runs.length === 0) {
    return (
      <EmptyState title={t.emptyTabTitle(t.graph)}>
        <p>{t.graphHelp}</p>
        <Snippet snippets={graphSnippets} />
      </EmptyState>
    );
  }
  const tree = graph.kind === 'ready' ? graph.value : undefined;
  const choose = (node: string): void => {
    setOpen((known) => new Set([...known, ...GraphTree.scopesOf(node)]));
    board.update({node});
  };
  return (
    <>
      <div class="fl-bar" role="toolbar" aria-label={t.graph}>
        <FilterField
          label={t.searchNodes}
          value={search}
          change={setSearch}
          class="fl-tag-filter"
          testId="node-filter"
          hint="/"
          inputRef={filterRef}
        />
        <PopoverButton
          hasWords
          label={t.graphOfRun}
          class="fl-button"
          role="menu"
          face={<bdi>{run?.name ?? ''} ▾</bdi>}
        >
          {(close) => (
            <div class="fl-menu">
              {runs.map((r) => (
                <MenuItem
                  key={r.id}
                  isChecked={r === run}
                  run={() => {
                    board.update({graphRun: r.name, node: ''});
                    close();
                  }}
                >
                  <bdi>{r.name}</bdi>
                </MenuItem>
              ))}
            </div>
          )}
        </PopoverButton>
        {tree !== undefined && (
          <>
            <button
              type="button"
              class="fl-button fl-wide-only"
              onClick={() =>
                setOpen(new Set(tree.nodes.flatMap((node) => GraphTree.scopesOf(node.name))))
              }
            >
              {t.openAll}
            </button>
            <button type="button" class="fl-button fl-wide-only" onClick={() => setOpen(new Set())}>
              {t.closeAll}
            </button>
            <span class="fl-grow" />
            <span class="fl-quiet fl-wide-only">{t.nodes(tree.nodes.length)}</span>
          </>
        )}
      </div>
      <div class="fl-graph">
        <NodeList
          graph={graph}
          search={search}
          open={open}
          chosen={view.node}
          toggle={(path) => setOpen(toggled(open, path))}
          choose={choose}
          retry={() => setAttempt(attempt + 1)}
        />
        <section
          class="fl-panel"
          aria-label={view.node === '' ? t.chooseNode : view.node}
          tabIndex={0}
          data-testid="node-details"
        >
          <NodeDetails tree={tree} name={view.node} choose={choose} />
        </section>
      </div>
    </>
  );
}

interface NodeListProps {
  readonly graph: Loadable<GraphTree>;
  readonly search: string;
  readonly open: ReadonlySet<string>;
  readonly chosen: string;
  readonly toggle: (path: string) => void;
  readonly choose: (node: string) => void;
  readonly retry: () => void;
}

function NodeList({graph, search, open, chosen, toggle, choose, retry}: NodeListProps) {
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
        <p class="fl-node-details">{t.noTagMatchesWhy(search)}</p>
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

interface NodeDetailsProps {
  readonly tree: GraphTree | undefined;
  readonly name: string;
  readonly choose: (node: string) => void;
}

function NodeDetails({tree, name, choose}: NodeDetailsProps) {
  const t = words.value;
  const node = useMemo(() => tree?.nodes.find((n) => n.name === name), [tree, name]);
  const users = useMemo(
    () => (tree === undefined || node === undefined ? [] : usersOf(tree.nodes, node.name)),
    [tree, node],
  );
  if (node === undefined) return <p class="fl-node-details fl-quiet">{t.chooseNode}</p>;
  const link = (target: string, note: string) => (
    <li>
      <button type="button" class="fl-link" onClick={() => choose(target)}>
        <bdi>{target}</bdi>
      </button>
      <span class="fl-quiet">{note}</span>
    </li>
  );
  return (
    <div class="fl-node-details">
      <h2 dir="auto">{node.name}</h2>
      <p>
        <code>{node.op}</code>
        {node.device !== '' && (
          <span class="fl-quiet">
            {' '}
            · {t.device} {node.device}
          </span>
        )}
      </p>
      <div>
        <h3>{t.inputs(node.inputs.length)}</h3>
        <ul>
          {node.inputs.map((text) => {
            const input = parseInput(text);
            return link(
              input.name,
              input.isControl ? t.controlInput : input.output > 0 ? `:${input.output}` : '',
            );
          })}
        </ul>
        {node.inputs.length === 0 && <span class="fl-quiet">{t.noneHere}</span>}
      </div>
      <div>
        <h3>{t.outputs(users.length)}</h3>
        <ul>
          {users.slice(0, 100).map((user) => link(user.name, user.isControl ? t.controlInput : ''))}
          {users.length > 100 && <li class="fl-quiet">{t.more(users.length - 100)}</li>}
        </ul>
        {users.length === 0 && <span class="fl-quiet">{t.noneHere}</span>}
      </div>
      {node.shapes.length > 0 && (
        <div>
          <h3>{t.shapesTitle}</h3>
          <ul>
            {node.shapes.map((shape, i) => (
              <li key={i}>
                <span class="fl-quiet">{formatCount(i)}</span>
                <code>{shape}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

function usersOf(
  nodes: readonly GraphNode[],
  name: string,
): {readonly name: string; readonly isControl: boolean}[] {
  return nodes.flatMap((node) => {
    const input = node.inputs.map(parseInput).find((i) => i.name === name);
    return input === undefined ? [] : [{name: node.name, isControl: input.isControl}];
  });
}
