// What belongs to all charts at once and is not changed every minute.

import type {Signal} from '@preact/signals';
import type {ComponentChildren} from 'preact';
import type {BandKind} from '../../api/types';
import {
  areTablesTall,
  cardWidth,
  cardWidthGrain,
  hidesEmptyCharts,
  ignoreOutliers,
  mostCardWidth,
  mostTooltipRows,
  savedPins,
  savesPins,
  tooltipOrder,
  tooltipOrders,
  tooltipRows,
  usualCardWidth,
} from '../../state/chart_prefs';
import {
  areImagesActualSize,
  imageBrightness,
  imageContrast,
  mostBrightness,
  mostContrast,
} from '../../state/image_prefs';
import {useBoard} from '../../widgets/context';
import {Segments} from '../../widgets/controls';
import {words} from '../../words/words';

const bands: readonly BandKind[] = ['std', 'range', 'quantiles'];

export function ChartOptions() {
  const board = useBoard();
  const t = words.value;
  const view = board.view.value;
  return (
    <div class="fl-options" data-testid="options">
      <Row label={t.cardKinds}>
        <Segments
          label={t.cardKinds}
          value={view.kinds}
          options={[
            ['scalars', t.scalars],
            ['histograms', t.histograms],
            ['images', t.images],
            ['all', t.all],
          ]}
          choose={(kinds) => board.update({kinds})}
        />
      </Row>
      {(view.kinds === 'images' || view.kinds === 'all') && <ImageOptions />}
      <Row label={t.xScale}>
        <Segments
          label={t.xScale}
          value={view.xScale}
          options={[
            ['linear', t.linear],
            ['log', t.log],
          ]}
          choose={(xScale) => board.update({xScale})}
        />
      </Row>
      <Row label={t.yScale}>
        <Segments
          label={t.yScale}
          value={view.yScale}
          options={[
            ['linear', t.linear],
            ['log', t.log],
          ]}
          choose={(yScale) => board.update({yScale, otherScale: new Set()})}
        />
      </Row>
      <Row label={t.verticalRange}>
        <Segments
          label={t.verticalRange}
          value={ignoreOutliers.value ? 'most' : 'all'}
          options={[
            ['all', t.fitAll],
            ['most', t.fitMost],
          ]}
          choose={(range) => (ignoreOutliers.value = range === 'most')}
        />
      </Row>
      <Row label={t.bandOfMean}>
        <Segments
          label={t.bandOfMean}
          value={view.band}
          options={bands.map((band) => [band, t.bandName(band)] as const)}
          choose={(band) => board.update({band, lines: 'mean'})}
        />
      </Row>
      <hr />
      <SharedOptions />
      <Check
        label={t.splitFalls}
        isOn={view.isSplit}
        set={(isSplit) => board.update({isSplit})}
        testId="split-falls"
      />
      <Check
        label={t.hideEmpty}
        isOn={hidesEmptyCharts.value}
        set={(on) => (hidesEmptyCharts.value = on)}
        testId="hide-empty"
      />
      <Check
        label={t.savePins}
        isOn={savesPins.value}
        set={(on) => {
          savesPins.value = on;
          savedPins.value = on ? board.view.peek().pinned : [];
        }}
        testId="save-pins"
      />
      <hr />
      <Row label={t.readoutOrder}>
        <select
          aria-label={t.readoutOrder}
          value={tooltipOrder.value}
          data-testid="readout-order"
          onChange={(event) => {
            const chosen = tooltipOrders.find((o) => o === event.currentTarget.value);
            if (chosen !== undefined) tooltipOrder.value = chosen;
          }}
        >
          {tooltipOrders.map((order) => (
            <option key={order} value={order}>
              {t.readoutOrderName(order)}
            </option>
          ))}
        </select>
      </Row>
      <Row label={t.readoutRows}>
        <input
          type="number"
          min="1"
          max={mostTooltipRows}
          aria-label={t.readoutRows}
          value={tooltipRows.value}
          onChange={(event) => {
            const rows = Math.round(event.currentTarget.valueAsNumber);
            if (rows >= 1 && rows <= mostTooltipRows) tooltipRows.value = rows;
          }}
        />
      </Row>
      <CardWidth />
    </div>
  );
}

function ImageOptions() {
  const t = words.value;
  return (
    <>
      <Factor label={t.brightness} value={imageBrightness} most={mostBrightness} />
      <Factor label={t.contrast} value={imageContrast} most={mostContrast} />
      <Check
        label={t.actualSizeAll}
        isOn={areImagesActualSize.value}
        set={(on) => (areImagesActualSize.value = on)}
        testId="images-actual-size"
      />
      <hr />
    </>
  );
}

interface FactorProps {
  readonly label: string;
  readonly value: Signal<number>;
  readonly most: number;
}

/** A slider whose usual place is 1. */
function Factor({label, value, most}: FactorProps) {
  const t = words.value;
  return (
    <Row label={label}>
      <span class="fl-slider">
        <input
          type="range"
          min={0}
          max={most}
          step={0.01}
          value={value.value}
          aria-label={label}
          style={{'--value': value.value / most}}
          onInput={(event) => (value.value = event.currentTarget.valueAsNumber)}
        />
        <button
          type="button"
          class="fl-link"
          disabled={value.value === 1}
          onClick={() => (value.value = 1)}
        >
          {t.reset}
        </button>
      </span>
    </Row>
  );
}

/** What holds for charts of every kind. */
export function SharedOptions() {
  const board = useBoard();
  const t = words.value;
  const view = board.view.value;
  const lastStep = (): number =>
    board.drawnRuns.peek().reduce((most, run) => Math.max(most, run.lastStep ?? 0), 0);
  return (
    <>
      <Check
        label={t.linkZoom}
        isOn={view.isLinked}
        set={(isLinked) => board.update({isLinked, linkedX: undefined, zooms: new Map()})}
        testId="link-zoom"
      />
      <Check
        label={t.selectSteps}
        isOn={view.selection !== undefined}
        isOff={view.axis !== 'step'}
        set={(on) => board.update({selection: on ? {lo: lastStep(), hi: undefined} : undefined})}
        testId="select-steps"
      />
      <Check
        label={t.tallTables}
        isOn={areTablesTall.value}
        set={(on) => (areTablesTall.value = on)}
        testId="tall-tables"
      />
      <Check
        label={t.showOlder}
        isOn={view.isOlderShown}
        set={(isOlderShown) => board.update({isOlderShown})}
        testId="show-older"
      />
    </>
  );
}

export function CardWidth() {
  const t = words.value;
  return (
    <Row label={t.cardWidth}>
      <span class="fl-slider">
        <input
          type="range"
          min={usualCardWidth}
          max={mostCardWidth}
          step={cardWidthGrain}
          value={cardWidth.value}
          aria-label={t.cardWidth}
          style={{
            '--value': (cardWidth.value - usualCardWidth) / (mostCardWidth - usualCardWidth),
          }}
          data-testid="card-width"
          onInput={(event) => (cardWidth.value = event.currentTarget.valueAsNumber)}
        />
        <button
          type="button"
          class="fl-link"
          disabled={cardWidth.value === usualCardWidth}
          onClick={() => (cardWidth.value = usualCardWidth)}
        >
          {t.reset}
        </button>
      </span>
    </Row>
  );
}

export function Row({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="fl-option">
      <span>{label}</span>
      {children}
    </div>
  );
}

interface CheckProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly isOff?: boolean; // Cannot be chosen now.
  readonly set: (on: boolean) => void;
  readonly testId: string;
}

export function Check({label, isOn, isOff = false, set, testId}: CheckProps) {
  return (
    <label class="fl-option fl-check-option">
      <input
        type="checkbox"
        checked={isOn}
        disabled={isOff}
        data-testid={testId}
        onChange={(event) => set(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}
