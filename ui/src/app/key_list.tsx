import {words} from '../words/words';

/** What keys and pointer do. */
export function KeyList() {
  const t = words.value;
  const keys: readonly (readonly [readonly string[], string])[] = [
    [['Ctrl', 'K'], t.keySearch],
    [['/'], t.keyFilter],
    [['r'], t.keyFilterRuns],
    [['b'], t.keyPane],
    [['d'], t.keyTheme],
    [['p'], t.keyPause],
    [['←', '→'], t.keyArrows],
    [['Home', 'End'], t.keyEnds],
    [['0'], t.keyReset],
    [['Esc'], t.keyEscape],
    [['?'], t.keyHelp],
    [[t.keyDragName], t.keyDrag],
    [[t.keyPanName], t.keyPan],
    [[t.keyWheelName], t.keyWheel],
    [[t.keyDoubleName], t.keyDouble],
  ];
  return (
    <dl class="fl-keys" tabIndex={0} data-autofocus data-testid="key-list">
      {keys.map(([names, text]) => (
        <>
          <dt>
            {names.map((name) => (
              <kbd key={name} class="fl-key">
                {name}
              </kbd>
            ))}
          </dt>
          <dd>{text}</dd>
        </>
      ))}
    </dl>
  );
}
