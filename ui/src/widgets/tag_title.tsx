import type {Tag} from '../api/types';

// What TensorFlow's first summaries put behind each tag.
const legacyEnd = /\/scalar_summary$/;

/** A tag as a card's title. When it is too long the middle gives way, because both ends tell cards apart. */
export function TagTitle({tag}: {readonly tag: Tag}) {
  const name = (tag.displayName === '' ? tag.tag : tag.displayName).replace(legacyEnd, '');
  const slash = name.lastIndexOf('/');
  const head = slash > 0 ? name.slice(0, slash) : name;
  const tail = slash > 0 ? name.slice(slash) : '';
  const about = tag.description === '' ? '' : `\n\n${tag.description}`;
  return (
    <h3 title={`${tag.tag}${about}`} dir="auto">
      <span>{head}</span>
      <span>{tail}</span>
    </h3>
  );
}
