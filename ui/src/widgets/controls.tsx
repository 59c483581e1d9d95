// Fields, switches and menus that every dashboard shares.

import {useRef} from 'preact/hooks';
import type {ComponentChildren, RefObject} from 'preact';
import {parseTextFilter} from '../base/text_filter';
import {words} from '../words/words';
import {CheckIcon, CloseIcon, SearchIcon} from './icons';

interface SegmentsProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [T, string])[];
  readonly choose: (value: T) => void;
}

let groups = 0;

/** One of a few: radio buttons that look like one control. */
export function Segments<T extends string>({label, value, options, choose}: SegmentsProps<T>) {
  const name = useRef(`segments${++groups}`).current;
  return (
    <div class="fl-segments" role="radiogroup" aria-label={label}>
      {options.map(([option, text]) => (
        <label key={option}>
          <input
            type="radio"
            name={name}
            checked={option === value}
            onChange={() => choose(option)}
          />
          {text}
        </label>
      ))}
    </div>
  );
}

interface SearchFieldProps {
  readonly label: string;
  readonly value: string;
  readonly change: (text: string) => void;
  readonly class?: string;
  readonly testId: string;
  readonly inputRef?: RefObject<HTMLInputElement | null>;
  readonly isWrong: boolean;
  /** The element that says what is wrong. */
  readonly describedBy?: string;
  readonly title?: string | undefined;
  /** Stands where the button that clears comes, while there is nothing to clear. */
  readonly hint?: string;
  readonly children?: ComponentChildren;
}

/** A field that finds things. Esc empties it, or leaves it. */
export function SearchField(props: SearchFieldProps) {
  const {label, value, change, hint, isWrong} = props;
  const t = words.value;
  const own = useRef<HTMLInputElement>(null);
  const field = props.inputRef ?? own;
  return (
    <div class={`fl-field ${props.class ?? ''} ${isWrong ? 'fl-invalid' : ''}`} title={props.title}>
      <SearchIcon />
      <input
        ref={field}
        type="search"
        value={value}
        placeholder={label}
        aria-label={label}
        aria-invalid={isWrong}
        aria-describedby={props.describedBy}
        autocomplete="off"
        spellcheck={false}
        data-testid={props.testId}
        onInput={(event) => change(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          if (value === '') event.currentTarget.blur();
          else change('');
        }}
      />
      {value !== '' ? (
        <button
          type="button"
          class="fl-icon-button"
          aria-label={t.clearFilter}
          title={t.clearFilter}
          onClick={() => {
            change('');
            field.current?.focus();
          }}
        >
          <CloseIcon />
        </button>
      ) : (
        hint !== undefined && <kbd aria-hidden="true">{hint}</kbd>
      )}
      {props.children}
    </div>
  );
}

type FilterFieldProps = Omit<SearchFieldProps, 'isWrong' | 'describedBy' | 'title' | 'children'>;

/** A field for a regular expression; what is not one is matched as text, and the field says so. */
export function FilterField(props: FilterFieldProps) {
  const filter = parseTextFilter(props.value);
  const problem = filter.kind === 'invalid' ? words.value.invalidFilter(filter.message) : undefined;
  return (
    <SearchField {...props} isWrong={problem !== undefined} title={problem}>
      {problem !== undefined && (
        <span class="fl-hidden" role="status">
          {problem}
        </span>
      )}
    </SearchField>
  );
}

interface MenuItemProps {
  readonly children: ComponentChildren;
  readonly run: () => void;
  readonly isChecked?: boolean;
  readonly hint?: string;
  readonly testId?: string;
}

export function MenuItem({children, run, isChecked, hint, testId}: MenuItemProps) {
  const isChoice = isChecked !== undefined;
  return (
    <button
      type="button"
      class="fl-menu-item"
      role={isChoice ? 'menuitemradio' : 'menuitem'}
      aria-checked={isChoice ? isChecked : undefined}
      data-testid={testId}
      onClick={run}
    >
      {isChoice && <span class="fl-check">{isChecked && <CheckIcon />}</span>}
      {children}
      {hint !== undefined && <span class="fl-hint">{hint}</span>}
    </button>
  );
}
