// On paper: every card that the filter leaves, not only those in view, with the names of the runs.

import {areAllDrawn} from '../charts/redraw';
import {cssColour} from '../base/run_colours';
import type {Board} from '../state/board';
import {useBoard} from '../widgets/context';

const mostWaitMs = 20_000;
const mostNames = 60;

/** Makes all cards, waits until they are drawn, and opens the browser's dialog. */
export async function printPage(board: Board): Promise<void> {
  if (board.isPrinting.peek()) return;
  board.isPrinting.value = true;
  try {
    await chartsAreDrawn();
    print();
  } finally {
    board.isPrinting.value = false;
  }
}

async function chartsAreDrawn(): Promise<void> {
  const until = performance.now() + mostWaitMs;
  // The first frame makes the cards, the second knows their size.
  let frames = 0;
  while (frames < 3 || (isAnyWaiting() && performance.now() < until)) {
    await new Promise(requestAnimationFrame);
    frames++;
  }
}

function isAnyWaiting(): boolean {
  const charts = '.fl-chart:is([data-state=loading], [data-state=refreshing])';
  return !areAllDrawn() || document.querySelector(charts) !== null;
}

/** What the colours mean; the pane that says so on the screen stays off the paper. */
export function PrintLegend() {
  const board = useBoard();
  if (!board.isPrinting.value) return null;
  const runs = board.drawnRuns.value;
  return (
    <ul class="fl-print-legend">
      {runs.slice(0, mostNames).map((run) => (
        <li key={run.id}>
          <i
            class={`fl-dot ${run.colour.dash > 0 ? 'fl-dashed' : ''}`}
            style={{'--run': cssColour(run.colour)}}
          />
          <bdi>{run.label}</bdi>
        </li>
      ))}
      {runs.length > mostNames && <li>+ {runs.length - mostNames}</li>}
    </ul>
  );
}
