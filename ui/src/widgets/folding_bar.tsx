import type {ComponentChildren} from 'preact';
import {useState} from 'preact/hooks';
import {words} from '../words/words';
import {ToolsIcon} from './icons';

interface FoldingBarProps {
  readonly label: string;
  readonly first: ComponentChildren; // What a phone shows too.
  readonly children: ComponentChildren; // On a phone behind a button: each in a span of class "fl-bar-more".
}

/** The tool bar of a dashboard. */
export function FoldingBar({label, first, children}: FoldingBarProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <div class={`fl-bar ${isOpen ? 'fl-bar-open' : ''}`} role="toolbar" aria-label={label}>
      {first}
      <button
        type="button"
        class="fl-icon-button fl-bar-toggle"
        aria-label={words.value.showTools}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <ToolsIcon />
      </button>
      {children}
    </div>
  );
}
