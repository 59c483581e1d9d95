// What the floating readout beside the pointer says.

import type {RunColour} from '../base/run_colours';

export interface ReadoutLine {
  readonly key: string | number;
  readonly name: string;
  readonly colour: RunColour;
  readonly cells: readonly string[]; // The second and further ones are faint.
  readonly isNear: boolean;
}

export interface Readout {
  readonly card: string;
  readonly x: number; // Of the point it tells of, in the viewport.
  readonly y: number;
  readonly title: string;
  readonly lines: readonly ReadoutLine[];
  readonly more: number; // Lines left out.
}
