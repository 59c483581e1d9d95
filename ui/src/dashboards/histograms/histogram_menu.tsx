import {useState} from 'preact/hooks';
import type {Zoom} from '../../state/chart_view';
import {hasLogCounts} from '../../state/histogram_view';
import {toggled} from '../../state/view';
import {useBoard} from '../../widgets/context';
import {MenuItem} from '../../widgets/controls';
import {describeError} from '../../widgets/describe_error';
import {MoreIcon} from '../../widgets/icons';
import {PopoverButton} from '../../widgets/popover';
import {words} from '../../words/words';
import {savePicture, type PictureFormat} from '../timeseries/save_picture';
import type {HistogramDrawing, HistogramSpec} from './histogram_drawing';
import {pictureOf, saveBuckets} from './histogram_files';

interface HistogramMenuProps {
  readonly spec: HistogramSpec;
  readonly title: string;
  readonly zoom: Zoom | undefined;
  readonly drawing: HistogramDrawing | undefined;
  readonly isTable: boolean;
  readonly showTable: (on: boolean) => void;
  readonly move: (places: number) => void;
}

export function HistogramMenu(props: HistogramMenuProps) {
  const t = words.value;
  return (
    <PopoverButton
      label={t.chartMenu}
      class="fl-icon-button"
      role="menu"
      face={<MoreIcon />}
      testId="card-menu"
    >
      {(close) => <Panel {...props} close={close} />}
    </PopoverButton>
  );
}

function Panel(props: HistogramMenuProps & {readonly close: () => void}) {
  const {spec, title, zoom, drawing, isTable, showTable, move, close} = props;
  const board = useBoard();
  const t = words.value;
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const view = board.view.value;
  const item = (text: string, run: () => void, testId: string) => (
    <MenuItem
      run={() => {
        run();
        close();
      }}
      testId={testId}
    >
      {text}
    </MenuItem>
  );
  const data = (text: string, format: 'csv' | 'json') => (
    <MenuItem
      run={() => {
        saveBuckets(board, [spec], title, format).then(close, (error: unknown) =>
          setFailure(describeError(error)),
        );
      }}
      testId={`download-${format}`}
    >
      {text}
    </MenuItem>
  );
  const picture = (text: string, format: PictureFormat) =>
    drawing !== undefined &&
    item(text, () => savePicture([pictureOf(title, drawing)], title, format), `download-${format}`);
  return (
    <div class="fl-menu">
      {zoom !== undefined &&
        item(t.resetZoom, () => board.setZoom(spec.key, undefined), 'menu-reset-zoom')}
      {view.histogramMode !== 'percentiles' &&
        item(
          hasLogCounts(view, spec.key) ? t.linearCounts : t.logCounts,
          () => board.update({otherCounts: toggled(board.view.peek().otherCounts, spec.key)}),
          'log-counts',
        )}
      {item(isTable ? t.viewChart : t.viewTable, () => showTable(!isTable), 'view-table')}
      <hr />
      {item(t.moveEarlier, () => move(-1), 'move-earlier')}
      {item(t.moveLater, () => move(1), 'move-later')}
      <hr />
      {data(t.downloadBucketsCsv, 'csv')}
      {data(t.downloadBucketsJson, 'json')}
      {picture(t.downloadPng, 'png')}
      {picture(t.downloadSvg, 'svg')}
      {failure !== undefined && (
        <p class="fl-menu-note fl-bad" role="alert">
          {failure}
        </p>
      )}
    </div>
  );
}
