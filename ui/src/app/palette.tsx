// Search and commands in one field: jump to a chart, show a run, do what the page can do.

import {useMemo, useState} from 'preact/hooks';
import {search} from '../base/search';
import type {Board} from '../state/board';
import {withAxis} from '../state/chart_view';
import {ignoreOutliers} from '../state/chart_prefs';
import {language, theme} from '../state/prefs';
import {useBoard} from '../widgets/context';
import {copyLink} from './copy_link';
import {printPage} from './printing';
import {SearchIcon} from '../widgets/icons';
import {words} from '../words/words';
import type {Words} from '../words/en';

interface Command {
  readonly id: string;
  readonly text: string;
  readonly kind: string;
  readonly run: () => void;
}

const mostFound = 12;

export function Palette({close}: {readonly close: () => void}) {
  const board = useBoard();
  const t = words.value;
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const tags = board.server.tags.value;
  const runs = board.runs.value;
  const commands = useMemo(
    () => [...pageCommands(board, t), ...tagCommands(board, t), ...runCommands(board, t)],
    [board, t, tags, runs],
  );
  const found = useMemo(
    () => search(commands, query, (c) => `${c.text} ${c.kind}`, mostFound),
    [commands, query],
  );
  const run = (command: Command | undefined): void => {
    if (command === undefined) return;
    close();
    command.run();
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) setAt((at + step + found.length) % Math.max(1, found.length));
    else if (event.key === 'Enter') run(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <div class="fl-palette" data-testid="palette">
      <div class="fl-field">
        <SearchIcon />
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={found[at] === undefined ? undefined : `palette-${at}`}
          aria-label={t.searchOrJump}
          placeholder={t.searchOrJump}
          autocomplete="off"
          spellcheck={false}
          data-autofocus
          data-testid="palette-input"
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKey}
        />
      </div>
      <ul id="palette-list" role="listbox" aria-label={t.searchOrJump}>
        {found.map((command, i) => (
          <li
            key={command.id}
            id={`palette-${i}`}
            role="option"
            class={`fl-menu-item ${i === at ? 'fl-chosen' : ''}`}
            aria-selected={i === at}
            onPointerMove={() => setAt(i)}
            onClick={() => run(command)}
          >
            <bdi>{command.text}</bdi>
            <span class="fl-hint">{command.kind}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="fl-menu-title">{t.noTagMatchesWhy(query)}</p>}
    </div>
  );
}

function tagCommands(board: Board, t: Words): Command[] {
  return board.tagsOf('scalars').map((tag) => ({
    id: `tag ${tag.tag}`,
    text: tag.tag,
    kind: t.chart,
    run: () => board.jumpTo(tag.tag),
  }));
}

function runCommands(board: Board, t: Words): Command[] {
  return board.runs.value.map((run) => ({
    id: `run ${run.id}`,
    text: run.label === run.name ? run.name : `${run.label} (${run.name})`,
    kind: t.run,
    run: () => {
      board.setRunShown([run.name], true);
      board.chosen.value = new Set([run.id]);
    },
  }));
}

function pageCommands(board: Board, t: Words): Command[] {
  const command = (id: string, text: string, kind: string, run: () => void): Command => ({
    id,
    text,
    kind,
    run,
  });
  return [
    command('tab timeseries', t.timeSeries, t.dashboard, () => board.update({tab: 'timeseries'})),
    command('tab histograms', t.histograms, t.dashboard, () => board.update({tab: 'histograms'})),
    command('tab graphs', t.graph, t.dashboard, () => board.update({tab: 'graphs'})),
    command('all', t.showAllRuns, t.command, () => board.showAll()),
    command('zoom', t.resetAllZooms, t.command, () =>
      board.update({zooms: new Map(), linkedX: undefined}),
    ),
    command(
      'pause',
      board.isPaused.value ? t.resume : t.pause,
      t.command,
      () => (board.isPaused.value = !board.isPaused.value),
    ),
    command('link', t.copyLink, t.command, () => void copyLink(board)),
    command('print', t.printCharts, t.command, () => void printPage(board)),
    command('table', t.tableWide, t.command, () => board.update({isWide: true})),
    command('reload', t.reload, t.command, () => board.server.reload()),
    command('smooth 0', `${t.smoothing} 0`, t.command, () => board.update({smoothing: 0})),
    command('smooth 0.6', `${t.smoothing} 0.6`, t.command, () => board.update({smoothing: 0.6})),
    command('smooth 0.9', `${t.smoothing} 0.9`, t.command, () => board.update({smoothing: 0.9})),
    command('axis step', `${t.axis}: ${t.axisStep}`, t.command, () =>
      board.update(withAxis('step')),
    ),
    command('axis relative', `${t.axis}: ${t.axisRelative}`, t.command, () =>
      board.update(withAxis('relative')),
    ),
    command('axis wall', `${t.axis}: ${t.axisWall}`, t.command, () =>
      board.update(withAxis('wall')),
    ),
    command('theme light', `${t.theme}: ${t.themeLight}`, t.command, () => (theme.value = 'light')),
    command('theme dark', `${t.theme}: ${t.themeDark}`, t.command, () => (theme.value = 'dark')),
    command(
      'theme system',
      `${t.theme}: ${t.themeSystem}`,
      t.command,
      () => (theme.value = 'system'),
    ),
    command(
      'outliers',
      `${t.verticalRange}: ${ignoreOutliers.value ? t.fitAll : t.fitMost}`,
      t.command,
      () => (ignoreOutliers.value = !ignoreOutliers.value),
    ),
    command(
      'language',
      language.value === 'en' ? '简体中文' : 'English',
      t.language,
      () => (language.value = language.value === 'en' ? 'zh-CN' : 'en'),
    ),
  ];
}
