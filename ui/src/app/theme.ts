// Puts theme, language and title on the document, and tells the canvases.

import {effect, type ReadonlySignal} from '@preact/signals';
import {refreshPalette} from '../charts/current_palette';
import {language, theme} from '../state/prefs';

/** While printing the page is light: paper is. */
export function followAppearance(isPrinting: ReadonlySignal<boolean>): void {
  // TensorBoard's `?darkMode=true` asks for it in the address.
  if (new URLSearchParams(location.search).get('darkMode') === 'true') theme.value = 'dark';
  const dark = matchMedia('(prefers-color-scheme: dark)');
  effect(() => {
    const root = document.documentElement;
    if (isPrinting.value) root.dataset['theme'] = 'light';
    else if (theme.value === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = theme.value;
    refreshPalette();
  });
  dark.addEventListener('change', refreshPalette);
  effect(() => {
    document.documentElement.lang = language.value;
  });
}

export function isDark(): boolean {
  return (
    theme.value === 'dark' ||
    (theme.value === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  );
}
