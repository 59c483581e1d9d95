// What belongs to the person and the browser rather than to a view: theme, language, width of the pane. Kept in local
// storage; a browser that forbids it forgets at the end of the visit.

import {effect, signal, type Signal} from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';
export type Language = 'en' | 'zh-CN';

const prefix = 'fanlight.';

export function readStored(key: string): string | undefined {
  try {
    return localStorage.getItem(prefix + key) ?? undefined;
  } catch {
    return undefined;
  }
}

export function writeStored(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(prefix + key);
    else localStorage.setItem(prefix + key, value);
  } catch {
    // Full or forbidden: the choice lasts for this visit.
  }
}

/** A choice that is kept; `print` gives nothing for what is usual. */
export function stored<T>(
  key: string,
  parse: (text: string | undefined) => T,
  print: (value: T) => string | undefined,
): Signal<T> {
  const value = signal(parse(readStored(key)));
  effect(() => writeStored(key, print(value.value)));
  return value;
}

export const theme = stored<Theme>(
  'theme',
  (text) => (text === 'light' || text === 'dark' ? text : 'system'),
  (value) => (value === 'system' ? undefined : value),
);

function browserLanguage(): Language {
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
}

export const language = stored<Language>(
  'language',
  (text) => (text === 'en' || text === 'zh-CN' ? text : browserLanguage()),
  (value) => (value === browserLanguage() ? undefined : value),
);

export const leastPaneWidth = 220;
export const mostPaneWidth = 960;
export const usualPaneWidth = 308;

export const paneWidth = stored<number>(
  'pane',
  (text) => {
    const width = Number(text);
    return width >= leastPaneWidth && width <= mostPaneWidth ? width : usualPaneWidth;
  },
  (value) => (value === usualPaneWidth ? undefined : String(value)),
);

/** Pixels of the columns that someone made wider or narrower, by `columnId`. */
export const columnWidths = stored<ReadonlyMap<string, number>>(
  'widths',
  (text) => {
    try {
      const pairs: unknown = JSON.parse(text ?? '[]');
      if (!Array.isArray(pairs)) return new Map();
      return new Map(
        pairs.filter(
          (p: unknown): p is [string, number] =>
            Array.isArray(p) && typeof p[0] === 'string' && typeof p[1] === 'number',
        ),
      );
    } catch {
      return new Map();
    }
  },
  (value) => (value.size === 0 ? undefined : JSON.stringify([...value])),
);
