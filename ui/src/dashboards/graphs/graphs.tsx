// The graph of a run: drawn scope by scope, or as a list, with what is known of the chosen node beside it.

import {useEffect, useMemo, useRef, useState} from 'preact/hooks';
import type {RefObject} from 'preact';
import type {GraphList, GraphSource, GraphTag} from '../../api/graph_types';
import {GraphTree} from '../../base/graph_rows';
import {failed, loading, ready, type Loadable} from '../../base/loadable';
import {toggled} from '../../state/view';
import {useBoard} from '../../widgets/context';
import {describeError} from '../../widgets/describe_error';
import {EmptyState, Snippet, graphSnippets} from '../../widgets/states';
import {words} from '../../words/words';
import {DrawingPanel} from './drawing_panel';
import {GraphBar, type GraphChoice} from './graph_bar';
import {GraphModel} from './graph_model';
import {NodeList} from './node_list';
import {NodePanel} from './node_panel';

/** What may be drawn of a run, the first being what is drawn unasked: its ops, a profile's, the layers of a model. */
export function choicesOf(
  run: {id: number; name: string},
  tags: readonly GraphTag[],
): GraphChoice[] {
  const profile = tags.filter((tag) => tag.hasProfile).at(-1)?.tag ?? '';
  const ops = tags
    .filter((tag) => tag.hasOps)
    .map((tag) => ({
      key: `ops:${tag.tag}`,
      run,
      tag: tag.tag,
      type: 'ops' as const,
      stats: tag.tag !== '' && tag.hasProfile ? tag.tag : profile,
    }));
  const conceptual = tags
    .filter((tag) => tag.hasConceptual)
    .map((tag) => ({
      key: `conceptual:${tag.tag}`,
      run,
      tag: tag.tag,
      type: 'conceptual' as const,
      stats: '',
    }));
  return [...ops, ...conceptual];
}

export function Graphs({filterRef}: {readonly filterRef: RefObject<HTMLInputElement | null>}) {
  const board = useBoard();
  const t = words.value;
  const view = board.view.value;
  const byId = board.runById.value;
  const epoch = board.epoch.value;
  const model = useMemo(() => new GraphModel(board.api), [board]);
  useEffect(() => () => model.dispose(), [model]);

  const [list, setList] = useState<Loadable<GraphList>>(loading);
  const [attempt, setAttempt] = useState(0);
  const [file, setFile] = useState<{readonly id: string; readonly name: string} | undefined>();
  const [fileProblem, setFileProblem] = useState('');
  const [mode, setMode] = useState<'drawing' | 'list'>('drawing');
  const [search, setSearch] = useState('');
  useEffect(() => {
    const abort = new AbortController();
    board.api.graphList(abort.signal).then(
      (answer) => setList(ready(answer)),
      (error: unknown) => {
        if (!abort.signal.aborted) setList(failed(describeError(error)));
      },
    );
    return () => abort.abort();
  }, [board, epoch, attempt]);

  const choices = useMemo(
    () =>
      (list.kind === 'ready' ? list.value : []).flatMap((entry) => {
        const run = byId.get(entry.run);
        return run === undefined ? [] : choicesOf(run, entry.tags);
      }),
    [list, byId],
  );
  const ofRun = choices.filter((choice) => choice.run.name === view.graphRun);
  const choice = ofRun.find((each) => each.key === view.graphTag) ?? ofRun[0] ?? choices[0];
  const source = useMemo<GraphSource | undefined>(() => {
    if (file !== undefined) return {kind: 'file', file: file.id, name: file.name};
    if (choice === undefined) return undefined;
    return {
      kind: 'run',
      run: choice.run.id,
      tag: choice.tag,
      type: choice.type,
      stats: choice.stats,
    };
    // A run's object is new with each list of runs; what is drawn depends on these alone.
  }, [file, choice?.run.id, choice?.key, choice?.stats]);
  useEffect(() => {
    if (source !== undefined) void model.show(source, board.view.peek().node);
  }, [model, source, attempt, board]);

  const nodes = useNodes(source, mode === 'list' || search !== '', attempt);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [listed, setListed] = useState('');
  const choose = (path: string): void => {
    board.update({node: path});
    void model.select(path === '' ? undefined : {by: 'path', text: path});
  };
  // A node of the list, by its name in the file.
  const chooseNode = (name: string): void => {
    setOpen((known) => new Set([...known, ...GraphTree.scopesOf(name)]));
    setListed(name);
    void model.select({by: 'name', text: name}).then((path) => {
      if (path !== undefined) board.update({node: path});
    });
  };
  const openFile = (picked: File): void => {
    setFileProblem('');
    board.api.openGraph(picked).then(
      (id) => {
        board.update({node: ''});
        setFile({id, name: picked.name});
      },
      (error: unknown) => setFileProblem(`${picked.name}: ${describeError(error)}`),
    );
  };

  const retry = (): void => setAttempt(attempt + 1);
  // An address may name a run that has gone, or one without a graph.
  const isElsewhere =
    list.kind === 'ready' && view.graphRun !== '' && ofRun.length === 0 && choice !== undefined;
  const isEmpty = list.kind === 'ready' && choices.length === 0 && file === undefined;
  return (
    <>
      <GraphBar
        model={model}
        filterRef={filterRef}
        search={search}
        setSearch={setSearch}
        mode={mode}
        setMode={setMode}
        choices={choices}
        choice={file === undefined ? choice : undefined}
        fileName={file?.name}
        choose={(next) => {
          setFile(undefined);
          board.update({graphRun: next.run.name, graphTag: next.key, node: ''});
        }}
        openFile={openFile}
      />
      {fileProblem !== '' && (
        <p class="fl-graph-problem" role="alert">
          {fileProblem}
        </p>
      )}
      {isElsewhere && file === undefined && (
        <p class="fl-graph-problem" role="status">
          {t.graphElsewhere(view.graphRun, choice?.run.name ?? '')}
        </p>
      )}
      {list.kind === 'failed' && (
        <p class="fl-graph-problem" role="alert">
          {list.message}{' '}
          <button type="button" class="fl-button" onClick={retry}>
            {t.retry}
          </button>
        </p>
      )}
      {isEmpty ? (
        <EmptyState title={t.emptyTabTitle(t.graph)}>
          <p>{t.graphHelp}</p>
          <Snippet snippets={graphSnippets} />
        </EmptyState>
      ) : (
        <div class="fl-graph">
          {mode === 'drawing' ? (
            <DrawingPanel
              model={model}
              name={file?.name.replace(/\.[^.]*$/, '') ?? choice?.run.name ?? 'graph'}
              choose={choose}
              retry={retry}
            >
              {search !== '' && (
                <div class="fl-graph-hits">
                  <NodeList
                    graph={nodes}
                    search={search}
                    open={open}
                    chosen={listed}
                    toggle={() => undefined}
                    choose={chooseNode}
                    retry={retry}
                  />
                </div>
              )}
            </DrawingPanel>
          ) : (
            <NodeList
              graph={nodes}
              search={search}
              open={open}
              chosen={listed}
              toggle={(path) => setOpen(toggled(open, path))}
              choose={chooseNode}
              retry={retry}
            />
          )}
          <section
            class="fl-panel"
            aria-label={view.node === '' ? t.chooseNode : view.node}
            tabIndex={0}
            data-testid="node-details"
          >
            <NodePanel model={model} choose={choose} />
          </section>
        </div>
      )}
    </>
  );
}

/** Every node of the graph, read when it is first needed. */
function useNodes(
  source: GraphSource | undefined,
  isWanted: boolean,
  attempt: number,
): Loadable<GraphTree> {
  const board = useBoard();
  const [nodes, setNodes] = useState<Loadable<GraphTree>>(loading);
  const have = useRef<GraphSource | undefined>(undefined);
  useEffect(() => {
    if (!isWanted || source === undefined || have.current === source) return;
    const abort = new AbortController();
    setNodes(loading);
    board.api.graph(source, abort.signal).then(
      (answer) => {
        have.current = source;
        setNodes(ready(new GraphTree(answer.nodes)));
      },
      (error: unknown) => {
        if (!abort.signal.aborted) setNodes(failed(describeError(error)));
      },
    );
    return () => abort.abort();
  }, [board, source, isWanted, attempt]);
  return nodes;
}
