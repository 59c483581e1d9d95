// A LineChart that lives as long as its card and follows what the page shows.

import {useSignal, useSignalEffect, type ReadonlySignal} from '@preact/signals';
import {useLayoutEffect, useRef} from 'preact/hooks';
import type {RefObject} from 'preact';
import {palette} from '../../charts/current_palette';
import {LineChart, type Underlay} from '../../charts/line_chart';
import type {LineModel} from '../../charts/line_model';
import type {Board} from '../../state/board';
import {useSizeObserver} from '../../widgets/hooks';
import type {PlotPlace} from './step_fobs';

export interface ChartParts {
  /** The element that the canvases fill. */
  readonly frame: RefObject<HTMLDivElement | null>;
  readonly base: RefObject<HTMLCanvasElement | null>;
  readonly overlay: RefObject<HTMLCanvasElement | null>;
  readonly chart: {readonly current: LineChart | undefined};
  /** Where the lines are, for what stands on the chart; changes when data lie elsewhere on the screen. */
  readonly place: ReadonlySignal<PlotPlace | undefined>;
}

export function useLineChart(
  board: Board,
  model: LineModel | undefined,
  underlay?: Underlay,
): ChartParts {
  const base = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const chart = useRef<LineChart | undefined>(undefined);
  const place = useSignal<PlotPlace | undefined>(undefined);
  useLayoutEffect(() => {
    if (base.current === null || overlay.current === null) return;
    const made: LineChart = new LineChart(base.current, overlay.current, () => {
      const now = made.facts()?.plot;
      if (now === undefined || !isSame(place.peek(), now)) place.value = now;
    });
    chart.current = made;
    // A test, or a person at the console, can ask a chart what it drew.
    Object.defineProperty(base.current, 'fanlightFacts', {
      value: () => made.facts(),
      configurable: true,
    });
    return () => {
      made.dispose();
      chart.current = undefined;
    };
  }, []);
  const frame = useSizeObserver<HTMLDivElement>(({width, height}) =>
    chart.current?.setSize(width, height, devicePixelRatio),
  );
  useLayoutEffect(() => chart.current?.setModel(model, underlay), [model, underlay]);
  useSignalEffect(() => chart.current?.setPalette(palette.value));
  useSignalEffect(() => chart.current?.setCursor(board.cursor.value?.x));
  useSignalEffect(() => chart.current?.setChosen(board.highlighted.value));
  return {frame, base, overlay, chart, place};
}

function isSame(a: PlotPlace | undefined, b: PlotPlace): boolean {
  return (
    a !== undefined &&
    a.left === b.left &&
    a.top === b.top &&
    a.width === b.width &&
    a.height === b.height
  );
}
