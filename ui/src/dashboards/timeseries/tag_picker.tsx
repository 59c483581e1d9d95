import {useMemo, useState} from 'preact/hooks';
import type {Tag} from '../../api/types';
import {matchesFilter, parseTextFilter} from '../../base/text_filter';
import {FilterField} from '../../widgets/controls';
import {words} from '../../words/words';

const mostListed = 100;

interface TagPickerProps {
  readonly label: string;
  readonly tags: readonly Tag[];
  readonly choose: (tag: string) => void;
}

/** One scalar tag out of many. */
export function TagPicker({label, tags, choose}: TagPickerProps) {
  const t = words.value;
  const [text, setText] = useState('');
  const found = useMemo(() => {
    const filter = parseTextFilter(text);
    return tags.filter((tag) => matchesFilter(filter, tag.tag));
  }, [tags, text]);
  return (
    <div class="fl-picker">
      <FilterField label={label} value={text} change={setText} testId="tag-picker" />
      <ul>
        {found.slice(0, mostListed).map((tag) => (
          <li key={tag.tag}>
            <button type="button" class="fl-menu-item" onClick={() => choose(tag.tag)}>
              <bdi>{tag.tag}</bdi>
            </button>
          </li>
        ))}
      </ul>
      {found.length > mostListed && <p class="fl-quiet">{t.moreTags(found.length - mostListed)}</p>}
    </div>
  );
}
