// How a person likes charts: kept in the browser, not in the address.

import {readStored, stored, writeStored} from './prefs';

/** Leave the outer 5 % of the values on each side out of the y range. */
export const ignoreOutliers = stored<boolean>(
  'outliers',
  (text) => text === 'ignore',
  (value) => (value ? 'ignore' : undefined),
);

/** `default`: as the runs stand in the table. */
export type TooltipOrder = 'default' | 'ascending' | 'descending' | 'nearest';
export const tooltipOrders: readonly TooltipOrder[] = [
  'default',
  'descending',
  'ascending',
  'nearest',
];

export const tooltipOrder = stored<TooltipOrder>(
  'tooltip',
  (text) => tooltipOrders.find((order) => order === text) ?? 'default',
  (value) => (value === 'default' ? undefined : value),
);

const usualTooltipRows = 12;
export const mostTooltipRows = 100;

export const tooltipRows = stored<number>(
  'tooltipRows',
  (text) => {
    const rows = Math.round(Number(text ?? Number.NaN));
    return rows >= 1 && rows <= mostTooltipRows ? rows : usualTooltipRows;
  },
  (value) => (value === usualTooltipRows ? undefined : String(value)),
);

/** Least width of a card, in pixels; as many as fit stand in a row. */
export const usualCardWidth = 320;
export const mostCardWidth = 735;
export const cardWidthGrain = 5;

export const cardWidth = stored<number>(
  'cardWidth',
  (text) => {
    const width = Number(text);
    return width >= usualCardWidth && width <= mostCardWidth ? width : usualCardWidth;
  },
  (value) => (value === usualCardWidth ? undefined : String(value)),
);

/** Whether pins are kept for the next visit, here and for other log directories. */
export const savesPins = stored<boolean>(
  'savesPins',
  (text) => text !== 'no',
  (value) => (value ? undefined : 'no'),
);

export const savedPins = storedTexts('pins');

/** Charts that no shown run has anything for are not there. */
export const hidesEmptyCharts = stored<boolean>(
  'emptyCharts',
  (text) => text !== 'shown',
  (value) => (value ? undefined : 'shown'),
);

/** Tables below charts show all their rows instead of a few. */
export const areTablesTall = stored<boolean>(
  'tallTables',
  (text) => text === 'yes',
  (value) => (value ? 'yes' : undefined),
);

/** The columns of those tables that are hidden or shown unlike usual. */
export const otherColumns = storedTexts('tableColumns');

function storedTexts(key: string) {
  return stored<readonly string[]>(
    key,
    (text) => {
      try {
        const list: unknown = JSON.parse(text ?? '[]');
        return Array.isArray(list)
          ? list.filter((item: unknown): item is string => typeof item === 'string')
          : [];
      } catch {
        return [];
      }
    },
    (value) => (value.length === 0 ? undefined : JSON.stringify(value)),
  );
}

/** The order in which a person put the charts of a section, by log directory. */
export function readOrder(logdir: string): ReadonlyMap<string, readonly string[]> {
  try {
    const sections: unknown = JSON.parse(readStored(`order.${logdir}`) ?? '[]');
    if (!Array.isArray(sections)) return new Map();
    return new Map(
      sections.filter(
        (s: unknown): s is [string, string[]] =>
          Array.isArray(s) &&
          typeof s[0] === 'string' &&
          Array.isArray(s[1]) &&
          s[1].every((key: unknown) => typeof key === 'string'),
      ),
    );
  } catch {
    return new Map();
  }
}

export function writeOrder(logdir: string, order: ReadonlyMap<string, readonly string[]>): void {
  writeStored(`order.${logdir}`, order.size === 0 ? undefined : JSON.stringify([...order]));
}
