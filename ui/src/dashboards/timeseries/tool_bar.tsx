import type {RefObject} from 'preact';
import type {Axis, Tag} from '../../api/types';
import {withAxis} from '../../state/chart_view';
import {useBoard} from '../../widgets/context';
import {Segments} from '../../widgets/controls';
import {FoldingBar} from '../../widgets/folding_bar';
import {MoreIcon} from '../../widgets/icons';
import {PopoverButton} from '../../widgets/popover';
import {words} from '../../words/words';
import {saveData, savePictures} from './chart_files';
import {ChartOptions} from './chart_options';
import {DownloadMenu} from './download_menu';
import {NewChart} from './new_chart';
import type {ChartSpec} from './chart_lines';
import {SmoothingControl} from './smoothing_control';
import {TagFilter} from './tag_filter';
import {TagPicker} from './tag_picker';

interface ToolBarProps {
  readonly filterRef: RefObject<HTMLInputElement | null>;
  readonly tags: readonly Tag[]; // Scalar tags, in natural order.
  readonly names: readonly string[]; // What the filter offers.
  /** The charts that the page shows, for saving them all. */
  readonly charts: () => readonly ChartSpec[];
}

export function ToolBar({filterRef, tags, names, charts}: ToolBarProps) {
  const board = useBoard();
  const t = words.value;
  const view = board.view.value;
  const axes: readonly (readonly [Axis, string])[] = [
    ['step', t.axisStep],
    ['relative', t.axisRelative],
    ['wall', t.axisWall],
  ];
  return (
    <FoldingBar label={t.timeSeries} first={<TagFilter tags={names} filterRef={filterRef} />}>
      <span class="fl-bar-more fl-joined">
        <Segments
          label={t.axis}
          value={view.axis}
          options={axes}
          choose={(axis) => board.update(withAxis(axis))}
        />
        <PopoverButton
          label={t.chooseXMetric}
          class={`fl-button ${view.axis === 'metric' ? 'fl-primary' : ''}`}
          face={view.axis === 'metric' ? t.xMetric(view.xTag) : t.axisMetric}
          testId="x-metric"
        >
          {(close) => (
            <TagPicker
              label={t.chooseXMetric}
              tags={tags}
              choose={(tag) => {
                board.update(withAxis('metric', tag));
                close();
              }}
            />
          )}
        </PopoverButton>
      </span>
      <span class="fl-bar-more">
        <SmoothingControl />
      </span>
      <span class="fl-bar-more">
        <Segments
          label={t.lines}
          value={view.lines}
          options={
            [
              ['runs', t.linesRuns],
              ['mean', t.meanWith(view.band)],
            ] as const
          }
          choose={(lines) => board.update({lines})}
        />
      </span>
      <span class="fl-bar-more fl-bar-end">
        <NewChart tags={tags} />
        <DownloadMenu
          count={() => charts().length}
          saveData={(format) => saveData(board, charts(), 'charts', format)}
          savePictures={(format) => savePictures(board, charts(), 'charts', format)}
        />
        <PopoverButton
          label={t.chartOptions}
          class="fl-icon-button"
          face={<MoreIcon />}
          testId="chart-options"
        >
          {() => <ChartOptions />}
        </PopoverButton>
      </span>
    </FoldingBar>
  );
}
