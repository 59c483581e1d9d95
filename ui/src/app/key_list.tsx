import {words} from '../words/words';

type Keys = readonly (readonly [readonly string[], string])[];

/** What keys and pointer do. */
export function KeyList() {
  const t = words.value;
  const parts: readonly (readonly [string, Keys])[] = [
    [
      t.everywhere,
      [
        [['Ctrl', 'K'], t.keySearch],
        [['/'], t.keyFilter],
        [['r'], t.keyFilterRuns],
        [['b'], t.keyPane],
        [['t'], t.keyTable],
        [['d'], t.keyTheme],
        [['p'], t.keyPause],
        [['Ctrl', 'Z'], t.keyUndo],
        [['Ctrl', 'P'], t.keyPrint],
        [['Esc'], t.keyEscape],
        [['?'], t.keyHelp],
      ],
    ],
    [
      t.inRuns,
      [
        [['↑', '↓'], t.keyRunsMove],
        [['Space'], t.keyRunsSpace],
        [['Enter'], t.keyRunsEnter],
        [['F2'], t.keyRunsRename],
        [['m'], t.keyRunsMenu],
      ],
    ],
    [
      t.inCharts,
      [
        [['←', '→'], t.keyArrows],
        [['Home', 'End'], t.keyEnds],
        [['+', '−'], t.keyZoom],
        [['[', ']'], t.keyZoomValues],
        [['0'], t.keyReset],
        [['s'], t.keySelect],
        [['Alt', 'Shift', '←'], t.keyMoveCard],
        [[t.keyDragName], t.keyDrag],
        [[t.keyPanName], t.keyPan],
        [[t.keyAxisName], t.keyAxis],
        [[t.keyWheelName], t.keyWheel],
        [[t.keyDoubleName], t.keyDouble],
      ],
    ],
  ];
  return (
    <div tabIndex={0} data-autofocus data-testid="key-list">
      {parts.map(([name, keys]) => (
        <section key={name}>
          <div class="fl-menu-title">{name}</div>
          <dl class="fl-keys">
            {keys.map(([names, text]) => (
              <>
                <dt>
                  {names.map((key) => (
                    <kbd key={key} class="fl-key">
                      {key}
                    </kbd>
                  ))}
                </dt>
                <dd>{text}</dd>
              </>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}
