/** What tells runs apart is mostly at the end: the middle gives way when a name is too long. */
export function RunName({name}: {readonly name: string}) {
  const slash = name.lastIndexOf('/');
  const [head, tail] = slash > 0 ? [name.slice(0, slash), name.slice(slash)] : [name, ''];
  return (
    <span class="fl-name" dir="auto">
      <bdi>{head}</bdi>
      {tail !== '' && <bdi>{tail}</bdi>}
    </span>
  );
}
