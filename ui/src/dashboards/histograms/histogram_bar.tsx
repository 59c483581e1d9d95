import type {RefObject} from 'preact';
import type {Axis} from '../../api/types';
import {withAxis} from '../../state/chart_view';
import {histogramModes} from '../../state/histogram_view';
import {useBoard} from '../../widgets/context';
import {Segments} from '../../widgets/controls';
import {FoldingBar} from '../../widgets/folding_bar';
import {MoreIcon} from '../../widgets/icons';
import {PopoverButton} from '../../widgets/popover';
import {words} from '../../words/words';
import {CardWidth, Row, SharedOptions} from '../timeseries/chart_options';
import {DownloadMenu} from '../timeseries/download_menu';
import {TagFilter} from '../timeseries/tag_filter';
import type {HistogramSpec} from './histogram_drawing';
import {saveBuckets, saveHistogramPictures} from './histogram_files';

interface HistogramBarProps {
  readonly filterRef: RefObject<HTMLInputElement | null>;
  readonly names: readonly string[]; // What the filter offers.
  /** The cards that the page shows, for saving them all. */
  readonly charts: () => readonly HistogramSpec[];
}

export function HistogramBar({filterRef, names, charts}: HistogramBarProps) {
  const board = useBoard();
  const t = words.value;
  const view = board.view.value;
  const axis: Axis = view.axis === 'metric' ? 'step' : view.axis;
  return (
    <FoldingBar label={t.histograms} first={<TagFilter tags={names} filterRef={filterRef} />}>
      <span class="fl-bar-more">
        <Segments
          label={t.histogramMode}
          value={view.histogramMode}
          options={histogramModes.map((mode) => [mode, t.histogramModeName(mode)] as const)}
          choose={(histogramMode) => board.update({histogramMode})}
        />
      </span>
      <span class="fl-bar-more">
        <Segments
          label={t.stepAxis}
          value={axis}
          options={[
            ['step', t.axisStep],
            ['relative', t.axisRelative],
            ['wall', t.axisWall],
          ]}
          choose={(chosen) => board.update(withAxis(chosen))}
        />
      </span>
      <span class="fl-bar-more">
        <Segments
          label={t.histogramCards}
          value={view.histogramRuns}
          options={[
            ['each', t.cardEach],
            ['together', t.cardTogether],
          ]}
          choose={(histogramRuns) => board.update({histogramRuns})}
        />
      </span>
      <span class="fl-bar-more fl-bar-end">
        <DownloadMenu
          count={() => charts().length}
          saveData={(format) => saveBuckets(board, charts(), 'histograms', format)}
          savePictures={(format) => saveHistogramPictures(board, charts(), 'histograms', format)}
        />
        <PopoverButton
          label={t.chartOptions}
          class="fl-icon-button"
          face={<MoreIcon />}
          testId="chart-options"
        >
          {() => <Options />}
        </PopoverButton>
      </span>
    </FoldingBar>
  );
}

function Options() {
  const board = useBoard();
  const t = words.value;
  const view = board.view.value;
  return (
    <div class="fl-options" data-testid="options">
      <Row label={t.countScale}>
        <Segments
          label={t.countScale}
          value={view.countScale}
          options={[
            ['linear', t.linear],
            ['log', t.log],
          ]}
          choose={(countScale) => board.update({countScale, otherCounts: new Set()})}
        />
      </Row>
      <hr />
      <SharedOptions />
      <hr />
      <CardWidth />
    </div>
  );
}
