// How a person looks at images: kept in the browser, not in the address.

import {stored} from './prefs';

export const areImagesActualSize = stored<boolean>(
  'imagesActualSize',
  (text) => text === 'yes',
  (value) => (value ? 'yes' : undefined),
);

export const mostBrightness = 2;
export const mostContrast = 5;

export const imageBrightness = factor('imageBrightness', mostBrightness);
export const imageContrast = factor('imageContrast', mostContrast);

/** A factor from 0 to `most`; 1 leaves images as they are. */
function factor(key: string, most: number) {
  return stored<number>(
    key,
    (text) => {
      const value = Number(text ?? Number.NaN);
      return value >= 0 && value <= most ? value : 1;
    },
    (value) => (value === 1 ? undefined : String(value)),
  );
}
