import {useComputed} from '@preact/signals';
import type {ComponentChildren} from 'preact';
import type {Zoom} from '../../state/chart_view';
import {toggled} from '../../state/view';
import {useBoard} from '../../widgets/context';
import {NarrowIcon, PinIcon, WideIcon} from '../../widgets/icons';
import {TagTitle} from '../../widgets/tag_title';
import {words} from '../../words/words';
import type {ChartSpec} from './chart_lines';

interface CardHeadProps {
  readonly spec: ChartSpec;
  readonly cardKey: string;
  readonly zoom: Zoom | undefined;
  readonly zoomText: string;
  readonly note: readonly string[]; // Empty ones are left out.
  readonly menu: ComponentChildren;
}

export function CardHead({spec, cardKey, zoom, zoomText, note, menu}: CardHeadProps) {
  const board = useBoard();
  const t = words.value;
  const isWide = useComputed(() => board.view.value.wide.has(cardKey)).value;
  const isPinned = useComputed(() => board.view.value.pinned.includes(spec.key)).value;
  const only = spec.tags[0];
  return (
    <header class="fl-card-head" draggable data-testid="card-head">
      {spec.isCustom || only === undefined ? (
        <h3 title={spec.tags.map((tag) => tag.tag).join('\n')} dir="auto">
          <span>{spec.title}</span>
        </h3>
      ) : (
        <TagTitle tag={only} />
      )}
      {zoom === undefined ? (
        <span class="fl-card-note" data-testid="card-note">
          {note.filter((part) => part !== '').join(' · ')}
        </span>
      ) : (
        <button
          type="button"
          class="fl-card-note fl-keep"
          title={t.resetZoom}
          aria-label={`${t.resetZoom}: ${zoomText}`}
          data-testid="reset-zoom"
          onClick={() => board.setZoom(spec.key, undefined)}
        >
          {zoomText} ✕
        </button>
      )}
      <span class="fl-card-tools">
        <button
          type="button"
          class="fl-icon-button"
          aria-pressed={isPinned}
          aria-label={isPinned ? t.unpin : t.pin}
          title={isPinned ? t.unpin : t.pin}
          data-testid="pin"
          onClick={() => {
            const pinned = board.view.peek().pinned;
            board.update({
              pinned: isPinned ? pinned.filter((p) => p !== spec.key) : [...pinned, spec.key],
            });
          }}
        >
          <PinIcon isOn={isPinned} />
        </button>
        <button
          type="button"
          class="fl-icon-button"
          aria-pressed={isWide}
          aria-label={isWide ? t.normalWidth : t.fullWidth}
          title={isWide ? t.normalWidth : t.fullWidth}
          data-testid="full-width"
          onClick={() => board.update({wide: toggled(board.view.peek().wide, cardKey)})}
        >
          {isWide ? <NarrowIcon /> : <WideIcon />}
        </button>
        {menu}
      </span>
    </header>
  );
}
