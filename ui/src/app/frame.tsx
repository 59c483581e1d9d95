import {useComputed, useSignalEffect} from '@preact/signals';
import {useEffect, useRef, useState} from 'preact/hooks';
import {lazyDashboard} from './lazy';
import {TimeSeries} from '../dashboards/timeseries/time_series';
import type {Board} from '../state/board';
import {theme} from '../state/prefs';
import {EmptyState, Snippet, scalarSnippets} from '../widgets/states';
import {BoardProvider, useBoard} from '../widgets/context';
import {ReadoutLayer} from '../widgets/readout_layer';
import {RunPane} from '../widgets/runs/run_pane';
import {NoticeBar} from './notice_bar';
import {PrintLegend, printPage} from './printing';
import {words} from '../words/words';
import {Banners} from './live';
import {isDark} from './theme';
import {TopBar} from './top_bar';

const Histograms = lazyDashboard(
  async () => (await import('../dashboards/histograms/histograms')).Histograms,
);
const Graphs = lazyDashboard(async () => (await import('../dashboards/graphs/graphs')).Graphs);

export function Page({board}: {readonly board: Board}) {
  return (
    <BoardProvider value={board}>
      <Frame />
    </BoardProvider>
  );
}

function Frame() {
  const board = useBoard();
  const runFilter = useRef<HTMLInputElement>(null);
  const tagFilter = useRef<HTMLInputElement>(null);
  const [isDrawerOpen, setDrawerOpen] = useState(false);
  const [isPaneHidden, setPaneHidden] = useState(false);

  const isWide = useComputed(() => board.view.value.isWide).value;

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        document.querySelector<HTMLElement>('.fl-search')?.click();
        return;
      }
      // The browser alone would print the cards in view.
      if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'p') {
        event.preventDefault();
        void printPage(board);
        return;
      }
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z' && !isTyping(event)) {
        if (board.notices.now.peek()?.undo === undefined) return;
        event.preventDefault();
        board.notices.undo();
        return;
      }
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'Escape') {
        setDrawerOpen(false);
        board.chosen.value = new Set();
        return;
      }
      if (isTyping(event)) return;
      const run = {
        '/': () => tagFilter.current?.focus(),
        r: () => {
          setPaneHidden(false);
          setDrawerOpen(true);
          requestAnimationFrame(() => runFilter.current?.focus());
        },
        b: () => setPaneHidden((hidden) => !hidden),
        t: () => board.update({isWide: !board.view.peek().isWide}),
        d: () => (theme.value = isDark() ? 'light' : 'dark'),
        p: () => (board.isPaused.value = !board.isPaused.value),
        '?': () => document.querySelector<HTMLElement>('.fl-keys-button')?.click(),
      }[event.key];
      if (run === undefined) return;
      event.preventDefault();
      run();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [board]);

  useSignalEffect(() => {
    const status = board.server.status.value;
    document.title =
      status === undefined || status.windowTitle === '' ? 'Fanlight' : status.windowTitle;
  });

  return (
    <div
      class={`fl-frame ${board.isPrinting.value ? 'fl-printing' : ''} ${isDrawerOpen ? 'fl-drawer-open' : ''} ${isWide ? 'fl-table-wide' : isPaneHidden ? 'fl-pane-hidden' : ''}`}
    >
      <TopBar isDrawerOpen={isDrawerOpen} toggleDrawer={() => setDrawerOpen(!isDrawerOpen)} />
      <div class="fl-banners">
        <Banners />
      </div>
      <RunPane filterRef={runFilter} />
      <button
        type="button"
        class="fl-scrim"
        aria-label={words.value.close}
        onClick={() => setDrawerOpen(false)}
      />
      <Main tagFilter={tagFilter} />
      <ReadoutLayer />
      <NoticeBar />
      <div class="fl-hidden" aria-live="polite" data-testid="announcement">
        {board.announcement.value}
      </div>
    </div>
  );
}

function isTyping(event: KeyboardEvent): boolean {
  const {target} = event;
  return (
    target instanceof HTMLElement &&
    target.matches('input:not([type=radio],[type=range]), textarea, select')
  );
}

function Main({tagFilter}: {readonly tagFilter: {current: HTMLInputElement | null}}) {
  const board = useBoard();
  const tab = board.view.value.tab;
  return (
    <main
      id="main"
      class="fl-main"
      tabIndex={-1}
      ref={(element) => {
        board.scroller.value = element;
      }}
      data-testid="cards-scroller"
    >
      <PrintLegend />
      <div class="fl-tabpanel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        <Dashboard tagFilter={tagFilter} />
      </div>
    </main>
  );
}

function Dashboard({tagFilter}: {readonly tagFilter: {current: HTMLInputElement | null}}) {
  const board = useBoard();
  const t = words.value;
  const status = board.server.status.value;
  const tags = board.server.tags.value;
  const tab = board.view.value.tab;
  useEffect(() => board.scroller.peek()?.scrollTo(0, 0), [tab]);

  if (tags.kind === 'failed') {
    return (
      <EmptyState title={t.failedTitle} testId="failed">
        <p>{tags.message}</p>
        <button type="button" class="fl-button" onClick={() => board.server.reload()}>
          {t.retry}
        </button>
      </EmptyState>
    );
  }
  if (
    tags.kind === 'ready' &&
    tags.value.length === 0 &&
    status !== undefined &&
    status.state !== 'loading'
  ) {
    const isMissing = status.state === 'missing';
    return (
      <EmptyState
        title={isMissing ? t.missingTitle : t.emptyTitle}
        testId={isMissing ? 'missing' : 'empty'}
      >
        <p>{isMissing ? t.missingWhy : t.emptyWhy}</p>
        <code>{status.logdir}</code>
        <Snippet snippets={scalarSnippets} />
      </EmptyState>
    );
  }
  switch (tab) {
    case 'timeseries':
      return <TimeSeries filterRef={tagFilter} />;
    case 'histograms':
      return <Histograms filterRef={tagFilter} />;
    case 'graphs':
      return <Graphs filterRef={tagFilter} />;
  }
}
