import {useState} from 'preact/hooks';
import type {Tag} from '../../api/types';
import type {LineModel} from '../../charts/line_model';
import {customName, isCustomKey, withoutCustom, type Zoom} from '../../state/chart_view';
import {toggled} from '../../state/view';
import {useBoard} from '../../widgets/context';
import {MenuItem} from '../../widgets/controls';
import {describeError} from '../../widgets/describe_error';
import {MoreIcon} from '../../widgets/icons';
import {PopoverButton} from '../../widgets/popover';
import {words} from '../../words/words';
import {RangeForm} from './axis_range';
import {saveData, saveModel} from './chart_files';
import type {ChartSpec} from './chart_lines';
import {ChartBuilder} from './new_chart';

interface CardMenuProps {
  readonly spec: ChartSpec;
  readonly allTags: readonly Tag[];
  readonly isLog: boolean;
  readonly zoom: Zoom | undefined;
  readonly model: LineModel | undefined;
  readonly isTable: boolean;
  readonly showTable: (on: boolean) => void;
  readonly move: (places: number) => void;
}

type Page = 'menu' | 'x' | 'y' | 'edit';

export function CardMenu(props: CardMenuProps) {
  const t = words.value;
  const [page, setPage] = useState<Page>('menu');
  return (
    <PopoverButton
      label={t.chartMenu}
      class="fl-icon-button"
      role={page === 'menu' ? 'menu' : 'dialog'}
      face={<MoreIcon />}
      testId="card-menu"
      onOpen={() => setPage('menu')}
    >
      {(close) => <Panel {...props} page={page} open={setPage} close={close} />}
    </PopoverButton>
  );
}

interface PanelProps extends CardMenuProps {
  readonly page: Page;
  readonly open: (page: Page) => void;
  readonly close: () => void;
}

function Panel(props: PanelProps) {
  const {spec, allTags, isLog, zoom, model, isTable, showTable, move, page, open, close} = props;
  const board = useBoard();
  const t = words.value;
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const custom = isCustomKey(spec.key)
    ? board.view.value.custom.find((c) => c.name === customName(spec.key))
    : undefined;

  if (page === 'edit' && custom !== undefined)
    return <ChartBuilder tags={allTags} chart={custom} close={close} />;
  if (page !== 'menu' && model !== undefined) {
    const isX = page === 'x';
    return (
      <RangeForm
        key={page}
        label={isX ? t.xRange : t.yRange}
        range={isX ? model.x : model.y}
        isLog={isX ? model.isXLog : isLog}
        set={(range) => {
          board.setZoom(spec.key, {
            x: isX ? range : zoom?.x,
            y: isX ? zoom?.y : range,
          });
          close();
        }}
      />
    );
  }
  const save = (format: 'csv' | 'json'): void => {
    saveData(board, [spec], spec.title, format).then(close, (error: unknown) =>
      setFailure(describeError(error)),
    );
  };
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
      {zoom !== undefined && item(t.resetZoom, () => board.setZoom(spec.key, undefined))}
      {item(isLog ? t.useLinear : t.useLog, () =>
        board.update({otherScale: toggled(board.view.peek().otherScale, spec.key)}),
      )}
      {item(isTable ? t.viewChart : t.viewTable, () => showTable(!isTable), 'view-table')}
      {model !== undefined && (
        <>
          <MenuItem run={() => open('x')} testId="x-range">
            {t.xRange}…
          </MenuItem>
          <MenuItem run={() => open('y')} testId="y-range">
            {t.yRange}…
          </MenuItem>
        </>
      )}
      <hr />
      {item(t.moveEarlier, () => move(-1), 'move-earlier')}
      {item(t.moveLater, () => move(1), 'move-later')}
      {custom !== undefined && (
        <>
          <MenuItem run={() => open('edit')} testId="edit-chart">
            {t.editChart}…
          </MenuItem>
          {item(
            t.removeChart,
            () => board.update(withoutCustom(board.view.peek(), custom.name)),
            'remove-chart',
          )}
        </>
      )}
      {model !== undefined && (
        <>
          <hr />
          <MenuItem run={() => save('csv')} testId="download-csv">
            {t.downloadCsv}
          </MenuItem>
          <MenuItem run={() => save('json')} testId="download-json">
            {t.downloadJson}
          </MenuItem>
          {item(t.downloadPng, () => saveModel(model, spec.title, 'png'), 'download-png')}
          {item(t.downloadSvg, () => saveModel(model, spec.title, 'svg'), 'download-svg')}
        </>
      )}
      {failure !== undefined && (
        <p class="fl-menu-note fl-bad" role="alert">
          {failure}
        </p>
      )}
    </div>
  );
}
