import type {Axis} from '../../api/types';
import {formatCount, formatDuration, formatValue, formatWallTime} from '../../base/format';
import type {Zoom} from '../../state/chart_view';

/** What a zoomed card says. */
export function zoomText(
  {x, y}: Zoom,
  axis: Axis,
  between: (from: string, to: string) => string,
): string {
  const format = (v: number): string => {
    switch (x === undefined ? 'metric' : axis) {
      case 'step':
        return formatCount(Math.round(v));
      case 'relative':
        return formatDuration(v);
      case 'wall':
        return formatWallTime(v);
      case 'metric':
        return formatValue(v);
    }
  };
  const range = x ?? y;
  return range === undefined ? '' : between(format(range.lo), format(range.hi));
}
