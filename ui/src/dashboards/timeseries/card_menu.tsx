import type {RefObject} from 'preact';
import {at} from '../../base/columns';
import {toCsv, toJson, type PointRow} from '../../base/table_text';
import {palette} from '../../charts/current_palette';
import type {LineModel} from '../../charts/line_model';
import {toggled} from '../../state/view';
import {useBoard} from '../../widgets/context';
import {MenuItem} from '../../widgets/controls';
import {MoreIcon} from '../../widgets/icons';
import {PopoverButton} from '../../widgets/popover';
import {saveFile} from '../../widgets/save_file';
import {words} from '../../words/words';

interface CardMenuProps {
  readonly tag: string;
  readonly isLog: boolean;
  readonly isZoomed: boolean;
  readonly model: LineModel | undefined;
  readonly canvas: RefObject<HTMLCanvasElement | null>;
}

export function CardMenu({tag, isLog, isZoomed, model, canvas}: CardMenuProps) {
  const board = useBoard();
  const t = words.value;
  return (
    <PopoverButton
      label={t.chartMenu}
      class="fl-icon-button"
      role="menu"
      face={<MoreIcon />}
      testId="card-menu"
    >
      {(close) => {
        const item = (text: string, run: () => void, testId?: string) => (
          <MenuItem
            run={() => {
              run();
              close();
            }}
            {...(testId === undefined ? {} : {testId})}
          >
            {text}
          </MenuItem>
        );
        return (
          <div class="fl-menu">
            {isZoomed && item(t.resetZoom, () => board.setZoom(tag, undefined))}
            {item(isLog ? t.useLinear : t.useLog, () =>
              board.update({otherScale: toggled(board.view.peek().otherScale, tag)}),
            )}
            {model !== undefined && (
              <>
                <hr />
                {item(
                  t.downloadCsv,
                  () =>
                    saveFile(`${tag}.csv`, new Blob([toCsv(pointsOf(model))], {type: 'text/csv'})),
                  'download-csv',
                )}
                {item(t.downloadJson, () =>
                  saveFile(
                    `${tag}.json`,
                    new Blob([toJson(tag, pointsOf(model))], {type: 'application/json'}),
                  ),
                )}
                {item(t.downloadPng, () => savePicture(tag, canvas.current))}
              </>
            )}
          </div>
        );
      }}
    </PopoverButton>
  );
}

/** The points that the chart holds now, run by run. */
function pointsOf(model: LineModel): PointRow[] {
  return model.series.flatMap((s) =>
    Array.from({length: s.x.length}, (_, i) => ({
      run: s.name,
      step: at(s.columns.steps, i),
      wallTimeS: at(s.columns.wallTimesS, i),
      value: at(s.columns.values, i),
      smoothed: s.columns.smoothed === undefined ? undefined : at(s.columns.smoothed, i),
    })),
  );
}

/** The chart as it stands, with its tag above. */
function savePicture(tag: string, chart: HTMLCanvasElement | null): void {
  if (chart === null || chart.width === 0) return;
  const ratio = devicePixelRatio;
  const head = 30 * ratio;
  const picture = document.createElement('canvas');
  picture.width = chart.width + 24 * ratio;
  picture.height = chart.height + head + 12 * ratio;
  const g = picture.getContext('2d');
  if (g === null) return;
  g.fillStyle = palette.value.surface;
  g.fillRect(0, 0, picture.width, picture.height);
  g.fillStyle = palette.value.text;
  g.font = `550 ${12.5 * ratio}px system-ui, sans-serif`;
  g.fillText(tag, 12 * ratio, 20 * ratio);
  g.drawImage(chart, 12 * ratio, head);
  picture.toBlob((blob) => {
    if (blob !== null) saveFile(`${tag}.png`, blob);
  }, 'image/png');
}
