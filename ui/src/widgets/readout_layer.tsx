import {useLayoutEffect, useRef} from 'preact/hooks';
import {placeReadout} from '../base/placement';
import {cssColour} from '../base/run_colours';
import {words} from '../words/words';
import {useBoard} from './context';

/** The one readout of the page: beside the pointer, inside the viewport, never over its point. */
export function ReadoutLayer() {
  const board = useBoard();
  const readout = board.readout.value;
  const panel = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = panel.current;
    if (element === null || readout === undefined) return;
    const viewport = {width: document.documentElement.clientWidth, height: innerHeight};
    const {left, top} = placeReadout(
      readout,
      {width: element.offsetWidth, height: element.offsetHeight},
      viewport,
    );
    element.style.left = `${left}px`;
    element.style.top = `${top}px`;
  }, [readout]);
  if (readout === undefined) return null;
  return (
    <div ref={panel} class="fl-tip" data-testid="readout" aria-hidden="true">
      <header>{readout.title}</header>
      <table>
        <tbody>
          {readout.lines.map((line) => (
            <tr key={line.key} class={line.isNear ? 'fl-near' : ''}>
              <td>
                <i
                  class={`fl-dot ${line.colour.dash > 0 ? 'fl-dashed' : ''}`}
                  style={{'--run': cssColour(line.colour)}}
                />
                <bdi>{line.name}</bdi>
              </td>
              {line.cells.map((cell, i) => (
                <td key={i} class={i > 0 ? 'fl-faint' : ''}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {readout.more > 0 && <footer>{words.value.more(readout.more)}</footer>}
    </div>
  );
}
