import {useComputed, useSignalEffect} from '@preact/signals';
import {useLayoutEffect, useMemo, useRef, useState} from 'preact/hooks';
import type {Tag} from '../../api/types';
import {formatCount, formatDuration, formatValue} from '../../base/format';
import {palette} from '../../charts/current_palette';
import {cssColour} from '../../base/run_colours';
import {RidgeChart, ridgeModel, type RidgeCursor} from '../../charts/ridge_chart';
import type {BoardRun} from '../../state/board';
import {toggled} from '../../state/view';
import {useBoard} from '../../widgets/context';
import {useSize} from '../../widgets/hooks';
import {NarrowIcon, WideIcon} from '../../widgets/icons';
import {TagTitle} from '../../widgets/tag_title';
import {words} from '../../words/words';
import {useHistogramData} from './histogram_data';

interface HistogramCardProps {
  readonly tag: Tag;
  readonly run: BoardRun;
  readonly cardKey: string;
}

export function HistogramCard({tag, run, cardKey}: HistogramCardProps) {
  const board = useBoard();
  const t = words.value;
  const isOverlay = useComputed(() => board.view.value.histogramMode === 'overlay').value;
  const isWide = useComputed(() => board.view.value.wide.has(cardKey)).value;
  const {answer, retry} = useHistogramData(board, run.id, tag.tag);
  const [frame, size] = useSize<HTMLDivElement>();
  const [cursor, setCursor] = useState<RidgeCursor | undefined>(undefined);
  const base = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const chart = useRef<RidgeChart | undefined>(undefined);

  const model = useMemo(
    () =>
      answer.kind === 'ready' ? ridgeModel(answer.value.points, run.colour, isOverlay) : undefined,
    [answer, run.colour, isOverlay],
  );
  useLayoutEffect(() => {
    if (base.current === null || overlay.current === null) return;
    const made = new RidgeChart(base.current, overlay.current);
    chart.current = made;
    return () => made.dispose();
  }, []);
  useLayoutEffect(() => {
    if (size !== undefined) chart.current?.setSize(size.width, size.height, devicePixelRatio);
  }, [size]);
  useLayoutEffect(() => chart.current?.setModel(model), [model]);
  useSignalEffect(() => chart.current?.setPalette(palette.value));
  useLayoutEffect(() => {
    chart.current?.setCursor(cursor);
    const box = frame.current?.getBoundingClientRect();
    const at = cursor === undefined ? undefined : chart.current?.readoutAt(cursor);
    if (at === undefined || box === undefined) {
      if (board.readout.peek()?.card === cardKey) board.readout.value = undefined;
      return;
    }
    const range = `${formatValue(at.lo)} … ${formatValue(at.hi)}`;
    const title = `${t.step} ${formatCount(at.step)} · ${formatDuration(at.wallTimeS - (run.startS ?? at.wallTimeS))}`;
    board.readout.value = {
      card: cardKey,
      x: box.left + at.x,
      y: box.top + at.y,
      title,
      lines: [
        {
          key: 0,
          name: range,
          colour: run.colour,
          cells: [formatCount(Math.round(at.count)), `/ ${formatCount(Math.round(at.total))}`],
          isNear: false,
        },
      ],
      more: 0,
    };
    board.announcement.value = `${title}. ${range}: ${t.count} ${formatCount(Math.round(at.count))}`;
    return () => {
      if (board.readout.peek()?.card === cardKey) board.readout.value = undefined;
    };
  }, [cursor, model]);

  const read = (event: PointerEvent): void => {
    const box = frame.current?.getBoundingClientRect();
    if (box !== undefined)
      setCursor(chart.current?.cursorAt(event.clientX - box.left, event.clientY - box.top));
  };
  const onKey = (event: KeyboardEvent): void => {
    const ridges = model?.points.length ?? 0;
    const bins = model?.bins?.counts[0]?.length ?? 0;
    if (ridges === 0 || bins === 0) return;
    const [down, across] = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    }[event.key] ?? [0, 0];
    if (event.key === 'Escape' && cursor !== undefined) {
      setCursor(undefined);
      event.stopPropagation();
    }
    if (down === 0 && across === 0) return;
    event.preventDefault();
    const now = cursor ?? {ridge: ridges - 1, bin: Math.floor(bins / 2)};
    setCursor({
      ridge: Math.max(0, Math.min(ridges - 1, now.ridge + (down ?? 0))),
      bin: Math.max(0, Math.min(bins - 1, now.bin + (across ?? 0))),
    });
  };

  return (
    <article class="fl-card" data-testid="card" aria-label={`${tag.tag}, ${run.label}`}>
      <header class="fl-card-head">
        <TagTitle tag={tag} />
        <span class="fl-card-note">
          {answer.kind === 'ready'
            ? t.stepsShown(
                answer.value.points.length,
                Math.max(answer.value.total, answer.value.points.length),
              )
            : ''}
        </span>
        <span class="fl-card-tools">
          <button
            type="button"
            class="fl-icon-button"
            aria-pressed={isWide}
            aria-label={isWide ? t.normalWidth : t.fullWidth}
            title={isWide ? t.normalWidth : t.fullWidth}
            onClick={() => board.update({wide: toggled(board.view.peek().wide, cardKey)})}
          >
            {isWide ? <NarrowIcon /> : <WideIcon />}
          </button>
        </span>
      </header>
      <p class="fl-card-run" title={run.name}>
        <i
          class={`fl-dot ${run.colour.dash > 0 ? 'fl-dashed' : ''}`}
          style={{'--run': cssColour(run.colour)}}
        />
        <bdi>{run.label}</bdi>
      </p>
      <div
        ref={frame}
        class="fl-chart"
        role="application"
        aria-label={t.histogramLabel(tag.tag, run.label)}
        tabIndex={0}
        data-testid="chart"
        data-state={answer.kind}
        onPointerMove={read}
        onPointerDown={read}
        onPointerLeave={() => setCursor(undefined)}
        onKeyDown={onKey}
        onBlur={() => setCursor(undefined)}
      >
        <canvas ref={base} />
        <canvas ref={overlay} />
        {answer.kind === 'failed' && (
          <div class="fl-chart-state" role="alert">
            <span class="fl-why">{answer.message}</span>
            <button type="button" class="fl-button" onClick={retry}>
              {t.retry}
            </button>
          </div>
        )}
        {answer.kind === 'ready' && model?.bins === undefined && (
          <div class="fl-chart-state">
            {answer.value.points.length === 0 ? t.noPoints : t.noFinite}
          </div>
        )}
      </div>
    </article>
  );
}
