// Percentiles or a heat map over steps in a card: a line chart of the median, with what lies behind it.

import {useEffect, useCallback} from 'preact/hooks';
import type {ComponentChildren} from 'preact';
import type {Range} from '../../base/extent';
import type {ReadoutRow} from '../../charts/line_model';
import type {Selection, Zoom} from '../../state/chart_view';
import type {ReadoutLine} from '../../state/readout';
import {useBoard} from '../../widgets/context';
import {words} from '../../words/words';
import {useChartPointer} from '../timeseries/chart_pointer';
import {StepFobs} from '../timeseries/step_fobs';
import {useLineChart} from '../timeseries/use_line_chart';
import type {HistogramDrawing} from './histogram_drawing';
import {heatLines, percentileCells} from './histogram_readout';

interface StepsViewProps {
  readonly label: string;
  readonly chartKey: string;
  readonly cardKey: string;
  readonly drawing: Extract<HistogramDrawing, {kind: 'steps'}> | undefined;
  readonly values: Range | undefined; // Of the bins.
  readonly zoom: Zoom | undefined;
  readonly selection: Selection | undefined;
  readonly state: string;
  readonly children: ComponentChildren; // What stands over the chart.
}

export function StepsView(props: StepsViewProps) {
  const {label, chartKey, cardKey, drawing, values, zoom, selection, state, children} = props;
  const board = useBoard();
  const model = drawing?.model;
  const {frame, base, overlay, chart, place} = useLineChart(board, model, drawing?.underlay);
  const linesOf = useCallback(
    (row: ReadoutRow, usual: ReadoutLine, y: number | undefined): readonly ReadoutLine[] =>
      drawing?.mode === 'heat'
        ? heatLines(drawing.sources, values, {row, usual, y}, words.peek())
        : [{...usual, cells: percentileCells(drawing?.sources ?? [], row)}],
    [drawing, values],
  );
  const pointer = useChartPointer({
    board,
    chart,
    frame,
    chartKey,
    cardKey,
    model,
    zoom,
    isSmooth: false,
    linesOf,
  });
  useEffect(() => pointer.refresh(), [model]);
  return (
    <div
      ref={frame}
      class="fl-chart"
      role="application"
      aria-label={label}
      tabIndex={0}
      data-testid="chart"
      data-state={state}
      {...pointer.handlers}
    >
      <canvas ref={base} />
      <canvas ref={overlay} hidden />
      {model !== undefined && model.axis === 'step' && selection !== undefined && (
        <StepFobs {...{selection, model, place, chart, frame}} />
      )}
      {children}
    </div>
  );
}
