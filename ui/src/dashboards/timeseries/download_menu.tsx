import {useState} from 'preact/hooks';
import {describeError} from '../../widgets/describe_error';
import {MenuItem} from '../../widgets/controls';
import {PopoverButton} from '../../widgets/popover';
import {words} from '../../words/words';
import type {PictureFormat} from './save_picture';
import type {DataFormat} from './chart_files';

interface DownloadMenuProps {
  readonly count: () => number; // Of charts.
  readonly saveData: (format: DataFormat) => Promise<void>;
  readonly savePictures: (format: PictureFormat) => Promise<void>;
}

/** Saves all charts of the page, as the filter leaves them, with the runs shown. */
export function DownloadMenu({count, saveData, savePictures}: DownloadMenuProps) {
  const t = words.value;
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const run = async (work: () => Promise<void>, close: () => void): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      await work();
      close();
    } catch (error) {
      setFailure(describeError(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <PopoverButton
      label={t.download}
      class="fl-button"
      face={t.download}
      hasWords
      role="menu"
      testId="download-all"
    >
      {(close) => {
        const data = (format: DataFormat) => (
          <MenuItem run={() => void run(() => saveData(format), close)} testId={`all-${format}`}>
            {t.downloadAll(format.toUpperCase())}
          </MenuItem>
        );
        const picture = (format: PictureFormat) => (
          <MenuItem
            run={() => void run(() => savePictures(format), close)}
            testId={`all-${format}`}
          >
            {t.downloadAll(format.toUpperCase())}
          </MenuItem>
        );
        return (
          <div class="fl-menu" aria-busy={isBusy}>
            <div class="fl-menu-title">{t.chartsAndRuns(count())}</div>
            {data('csv')}
            {data('json')}
            {picture('png')}
            {picture('svg')}
            {failure !== undefined && (
              <p class="fl-menu-note fl-bad" role="alert">
                {failure}
              </p>
            )}
          </div>
        );
      }}
    </PopoverButton>
  );
}
