import {useComputed} from '@preact/signals';
import {useEffect, useRef} from 'preact/hooks';
import {language, theme, type Theme} from '../state/prefs';
import type {Tab} from '../state/view';
import {useBoard} from '../widgets/context';
import {MenuItem} from '../widgets/controls';
import {
  HelpIcon,
  LinkIcon,
  MarkIcon,
  ReloadIcon,
  RunsIcon,
  SearchIcon,
  SettingsIcon,
  ThemeIcon,
} from '../widgets/icons';
import {PopoverButton} from '../widgets/popover';
import type {Words} from '../words/en';
import {words} from '../words/words';
import {copyLink} from './copy_link';
import {KeyList} from './key_list';
import {Palette} from './palette';
import {DamageChip, LiveState} from './live';

const kindOfTab: Readonly<Record<Tab, string>> = {
  timeseries: 'scalars',
  histograms: 'histograms',
  graphs: 'graphs',
};

export function TopBar({
  toggleDrawer,
  isDrawerOpen,
}: {
  readonly toggleDrawer: () => void;
  readonly isDrawerOpen: boolean;
}) {
  const board = useBoard();
  const t = words.value;
  return (
    <header class="fl-topbar">
      <button
        type="button"
        class="fl-icon-button fl-menu-button"
        aria-label={t.showRuns}
        aria-expanded={isDrawerOpen}
        data-testid="drawer"
        onClick={toggleDrawer}
      >
        <RunsIcon />
      </button>
      <h1 class="fl-brand">
        <MarkIcon />
        <span>Fanlight</span>
      </h1>
      <Tabs />
      <div class="fl-grow" />
      <DamageChip />
      <LiveState />
      <PopoverButton
        label={t.searchOrJump}
        class="fl-search"
        testId="search"
        hasWords
        face={
          <>
            <SearchIcon />
            <span>{t.searchOrJump}</span>
            <kbd class="fl-key">Ctrl K</kbd>
          </>
        }
      >
        {(close) => <Palette close={close} />}
      </PopoverButton>
      <div class="fl-top-actions">
        <button
          type="button"
          class="fl-icon-button fl-wide-only"
          aria-label={t.reload}
          title={t.reload}
          data-testid="reload"
          onClick={() => board.server.reload()}
        >
          <ReloadIcon />
        </button>
        <button
          type="button"
          class="fl-icon-button fl-wide-only"
          aria-label={t.copyLink}
          title={t.copyLink}
          data-testid="copy-link"
          onClick={() => void copyLink(board)}
        >
          <LinkIcon />
        </button>
        <PopoverButton
          label={t.theme}
          class="fl-icon-button fl-wide-only"
          role="menu"
          face={<ThemeIcon />}
          testId="theme"
        >
          {(close) => <ThemeMenu close={close} />}
        </PopoverButton>
        <PopoverButton
          label={t.settings}
          class="fl-icon-button"
          role="menu"
          face={<SettingsIcon />}
          testId="settings"
        >
          {() => <SettingsMenu />}
        </PopoverButton>
        <PopoverButton
          label={t.keys}
          class="fl-icon-button fl-keys-button fl-wide-only"
          face={<HelpIcon />}
          testId="keys"
        >
          {() => <KeyList />}
        </PopoverButton>
      </div>
    </header>
  );
}

function Tabs() {
  const board = useBoard();
  const t = words.value;
  const tab = useComputed(() => board.view.value.tab).value;
  const tags = board.server.tags.value;
  const kinds = new Set(tags.kind === 'ready' ? tags.value.map((tag) => tag.kind) : []);
  const names: Readonly<Record<Tab, string>> = {
    timeseries: t.timeSeries,
    histograms: t.histograms,
    graphs: t.graph,
  };
  const all: readonly Tab[] = ['timeseries', 'histograms', 'graphs'];
  const hasData = (candidate: Tab): boolean =>
    tags.kind !== 'ready' || kinds.has(kindOfTab[candidate]);
  // Those with data first, the others quiet at the end.
  const ordered = [...all.filter(hasData), ...all.filter((candidate) => !hasData(candidate))];
  const bar = useRef<HTMLDivElement>(null);
  const order = ordered.join();
  // A phone's bar is narrower than its tabs.
  useEffect(() => {
    bar.current
      ?.querySelector('[aria-selected=true]')
      ?.scrollIntoView({block: 'nearest', inline: 'center'});
  }, [tab, order, t]);
  const move = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const next = ordered[(ordered.indexOf(tab) + step + ordered.length) % ordered.length];
    if (next === undefined) return;
    event.preventDefault();
    board.update({tab: next});
    const list = event.currentTarget;
    requestAnimationFrame(() => {
      if (list instanceof HTMLElement)
        list.querySelector<HTMLElement>('[aria-selected=true]')?.focus();
    });
  };
  return (
    <div ref={bar} class="fl-tabs" role="tablist" aria-label={t.dashboards} onKeyDown={move}>
      {ordered.map((name) => (
        <button
          key={name}
          id={`tab-${name}`}
          type="button"
          role="tab"
          class={`fl-tab ${hasData(name) ? '' : 'fl-off'}`}
          aria-selected={name === tab}
          aria-controls="main"
          tabIndex={name === tab ? 0 : -1}
          title={hasData(name) ? undefined : `${names[name]}: ${t.noDataYet}`}
          data-testid={`tab-${name}`}
          onClick={() => board.update({tab: name})}
        >
          {names[name]}
        </button>
      ))}
    </div>
  );
}

function themes(t: Words): readonly (readonly [Theme, string])[] {
  return [
    ['system', t.themeSystem],
    ['light', t.themeLight],
    ['dark', t.themeDark],
  ];
}

function ThemeMenu({close}: {readonly close: () => void}) {
  const t = words.value;
  return (
    <div class="fl-menu">
      {themes(t).map(([value, text]) => (
        <MenuItem
          key={value}
          isChecked={theme.value === value}
          testId={`theme-${value}`}
          run={() => {
            theme.value = value;
            close();
          }}
        >
          {text}
        </MenuItem>
      ))}
    </div>
  );
}

function SettingsMenu() {
  const t = words.value;
  return (
    <div class="fl-menu">
      <div class="fl-menu-title">{t.language}</div>
      <MenuItem
        isChecked={language.value === 'en'}
        run={() => (language.value = 'en')}
        testId="language-en"
      >
        English
      </MenuItem>
      <MenuItem
        isChecked={language.value === 'zh-CN'}
        run={() => (language.value = 'zh-CN')}
        testId="language-zh"
      >
        简体中文
      </MenuItem>
      <hr />
      <div class="fl-menu-title">{t.theme}</div>
      {themes(t).map(([value, text]) => (
        <MenuItem key={value} isChecked={theme.value === value} run={() => (theme.value = value)}>
          {text}
        </MenuItem>
      ))}
    </div>
  );
}
