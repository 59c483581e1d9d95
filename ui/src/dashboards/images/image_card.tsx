// The images of a tag in a run: all samples of one step side by side, a slider for the steps.

import {useComputed} from '@preact/signals';
import {useEffect, useState} from 'preact/hooks';
import type {ImageList, Tag} from '../../api/types';
import {formatCount, formatWallTime} from '../../base/format';
import {placeOfStep} from '../../base/image_steps';
import {cssColour} from '../../base/run_colours';
import type {BoardRun} from '../../state/board';
import {areImagesActualSize, imageBrightness, imageContrast} from '../../state/image_prefs';
import {toggled} from '../../state/view';
import {useBoard} from '../../widgets/context';
import {ActualSizeIcon, NarrowIcon, PinIcon, WideIcon} from '../../widgets/icons';
import {TagTitle} from '../../widgets/tag_title';
import {words} from '../../words/words';
import {useImages} from './image_data';

interface ImageCardProps {
  readonly tag: Tag;
  readonly run: BoardRun;
  readonly chartKey: string; // Names it among pins.
  readonly cardKey: string;
}

export function ImageCard({tag, run, chartKey, cardKey}: ImageCardProps) {
  const board = useBoard();
  const t = words.value;
  const {answer, retry} = useImages(board, run.id, tag.tag);
  const isWide = useComputed(() => board.view.value.wide.has(cardKey)).value;
  const isPinned = useComputed(() => board.view.value.pinned.includes(chartKey)).value;
  const [size, setSize] = useState<'actual' | 'fit' | undefined>(undefined);
  const isActual = size === undefined ? areImagesActualSize.value : size === 'actual';
  const list = answer.kind === 'ready' ? answer.value : undefined;
  return (
    <article
      class="fl-card fl-image-card"
      data-testid="card"
      data-tag={tag.tag}
      aria-label={`${tag.tag}, ${run.label}`}
    >
      <header class="fl-card-head" draggable data-testid="card-head">
        <TagTitle tag={tag} />
        <span class="fl-card-note">{list === undefined ? '' : t.steps(list.steps.length)}</span>
        <span class="fl-card-tools">
          <ToolButton
            label={isPinned ? t.unpin : t.pin}
            isOn={isPinned}
            testId="pin"
            icon={<PinIcon isOn={isPinned} />}
            run={() => {
              const {pinned} = board.view.peek();
              board.update({
                pinned: isPinned ? pinned.filter((p) => p !== chartKey) : [...pinned, chartKey],
              });
            }}
          />
          <ToolButton
            label={t.actualSize}
            isOn={isActual}
            testId="actual-size"
            icon={<ActualSizeIcon />}
            run={() => setSize(isActual ? 'fit' : 'actual')}
          />
          <ToolButton
            label={isWide ? t.normalWidth : t.fullWidth}
            isOn={isWide}
            testId="full-width"
            icon={isWide ? <NarrowIcon /> : <WideIcon />}
            run={() => board.update({wide: toggled(board.view.peek().wide, cardKey)})}
          />
        </span>
      </header>
      <p class="fl-card-run" title={run.name}>
        <i
          class={`fl-dot ${run.colour.dash > 0 ? 'fl-dashed' : ''}`}
          style={{'--run': cssColour(run.colour)}}
        />
        <bdi>{run.label}</bdi>
      </p>
      {list !== undefined && list.steps.length > 0 ? (
        <Stored tag={tag.tag} run={run} list={list} isActual={isActual} />
      ) : (
        <div class="fl-images fl-chart-state" role={answer.kind === 'failed' ? 'alert' : undefined}>
          {answer.kind === 'failed' && (
            <>
              <span class="fl-why">{answer.message}</span>
              <button type="button" class="fl-button" onClick={retry}>
                {t.retry}
              </button>
            </>
          )}
          {list !== undefined && t.noPoints}
        </div>
      )}
    </article>
  );
}

interface ToolButtonProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly icon: preact.ComponentChildren;
  readonly run: () => void;
  readonly testId: string;
}

function ToolButton({label, isOn, icon, run, testId}: ToolButtonProps) {
  return (
    <button
      type="button"
      class="fl-icon-button"
      aria-pressed={isOn}
      aria-label={label}
      title={label}
      data-testid={testId}
      onClick={run}
    >
      {icon}
    </button>
  );
}

interface StoredProps {
  readonly tag: string;
  readonly run: BoardRun;
  readonly list: ImageList;
  readonly isActual: boolean;
}

/** One step of those stored: the newest until a person, or the step chosen for all charts, says another. */
function Stored({tag, run, list, isActual}: StoredProps) {
  const board = useBoard();
  const t = words.value;
  const {steps} = list;
  const [chosen, choose] = useState<number | undefined>(undefined);
  const linked = useComputed(() => {
    const {axis, selection} = board.chartView.value;
    return axis === 'step' ? selection?.lo : undefined;
  }).value;
  const linkedPlace = linked === undefined ? undefined : placeOfStep(steps, linked);
  useEffect(() => {
    if (linkedPlace !== undefined) choose(linkedPlace);
  }, [linkedPlace]);
  const newest = steps.length - 1;
  const place = Math.min(newest, chosen ?? newest);
  const step = steps[place] ?? 0;
  const wallTimeS = list.wallTimesS[place] ?? Number.NaN;
  const samples = list.samples[place] ?? 0;
  const filter = `brightness(${imageBrightness.value}) contrast(${imageContrast.value})`;
  return (
    <>
      <div class={`fl-images ${isActual ? 'fl-actual' : ''}`} tabIndex={isActual ? 0 : undefined}>
        {Array.from({length: samples}, (_, i) => (
          <img
            key={i}
            src={board.api.imageUrl(run.id, tag, step, i, wallTimeS)}
            alt={t.imageLabel(tag, run.label, step, i + 1, samples)}
            style={{filter}}
            draggable={false}
            data-testid="image"
          />
        ))}
      </div>
      <div class="fl-slider fl-image-steps">
        <input
          type="range"
          min={0}
          max={newest}
          step={1}
          value={place}
          disabled={newest === 0}
          aria-label={t.axisStep}
          aria-valuetext={`${t.axisStep} ${formatCount(step)}`}
          style={{'--value': newest === 0 ? 1 : place / newest}}
          data-testid="image-step"
          onInput={(event) => {
            const at = event.currentTarget.valueAsNumber;
            // At the end it follows what comes.
            choose(at === newest ? undefined : at);
          }}
        />
        {linked !== undefined && linkedPlace === undefined ? (
          <span class="fl-why" role="status">
            {t.noImageAtStep(linked)}
          </span>
        ) : (
          <span title={formatWallTime(wallTimeS)}>
            {t.axisStep} {formatCount(step)}
          </span>
        )}
      </div>
    </>
  );
}
