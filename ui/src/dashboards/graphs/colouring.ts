// Which class a box gets from what the drawing is coloured by. In a graph colour is never a run: these hues are pale, and
// the legend names them.

import type {Box, GraphItem, Scene} from '../../base/graph_scene';
import {formatBytes, formatCount} from '../../base/format';
import type {ColourBy} from './graph_model';

const hues = 10;
const heats = 8;

export interface LegendEntry {
  readonly class: string;
  readonly text: string;
}

export interface Colouring {
  readonly fill: (box: Box) => string;
  readonly legend: readonly LegendEntry[];
}

/** "/job:worker/replica:0/device:GPU:1" as people say it: "GPU:1". */
export function deviceName(device: string): string {
  const last = device.slice(device.lastIndexOf('/') + 1);
  return last.replace(/^device:/i, '');
}

export function formatMicros(us: number): string {
  if (us < 1000) return `${formatCount(us)} µs`;
  if (us < 1e6) return `${(us / 1000).toPrecision(3)} ms`;
  return `${(us / 1e6).toPrecision(3)} s`;
}

export interface ColourWords {
  readonly noDevice: string;
  readonly noCluster: string;
  readonly sameStructure: string;
  readonly unused: string;
}

export function colouringOf(by: ColourBy, scene: Scene, words: ColourWords): Colouring {
  const items = [...scene.frames, ...scene.boxes].map((box) => box.item);
  switch (by) {
    case 'none':
      return {fill: () => '', legend: []};
    case 'structure': {
      const [first] = items.flatMap(({structure}) => structure ?? []);
      return {
        fill: ({item}) => (item.structure === undefined ? '' : `fl-g-h${item.structure % hues}`),
        legend:
          first === undefined ? [] : [{class: `fl-g-h${first % hues}`, text: words.sameStructure}],
      };
    }
    case 'device':
      return byShare(items, (item) => item.devices, deviceName, words.noDevice);
    case 'cluster':
      return byShare(items, (item) => item.clusters, String, words.noCluster);
    case 'time':
    case 'memory':
      return byHeat(by, items, words.unused);
  }
}

type Shares = readonly (readonly [string, number])[];

/** A hue for each name; a scope with several shows the one that has most of it. */
function byShare(
  items: readonly GraphItem[],
  of: (item: GraphItem) => Shares,
  nameOf: (key: string) => string,
  unknown: string,
): Colouring {
  const names = [...new Set(items.flatMap((item) => of(item).map(([key]) => nameOf(key))))]
    .filter((name) => name !== '')
    .sort();
  const classOf = (name: string): string =>
    name === '' ? 'fl-g-unknown' : `fl-g-h${names.indexOf(name) % hues}`;
  return {
    fill: ({item}) => {
      const most = of(item).reduce<readonly [string, number]>(
        (best, each) => (each[1] > best[1] ? each : best),
        ['', 0],
      );
      return classOf(nameOf(most[0]));
    },
    legend: [
      ...names.map((name) => ({class: classOf(name), text: name})),
      {class: 'fl-g-unknown', text: unknown},
    ],
  };
}

function byHeat(by: 'time' | 'memory', items: readonly GraphItem[], unused: string): Colouring {
  const valueOf = (item: GraphItem): number | undefined =>
    by === 'time' ? item.timeUs : item.bytes;
  const most = Math.max(0, ...items.map((item) => valueOf(item) ?? 0));
  const format = by === 'time' ? formatMicros : formatBytes;
  const heat = (share: number): string =>
    `fl-g-heat${Math.min(heats - 1, Math.floor(share * heats))}`;
  return {
    fill: ({item}) => {
      const value = valueOf(item);
      return value === undefined ? 'fl-g-unused' : heat(most === 0 ? 0 : value / most);
    },
    legend: [
      ...(most === 0
        ? []
        : Array.from({length: heats}, (_, i) => ({
            class: heat((i + 0.5) / heats),
            text: i === 0 ? format(0) : i === heats - 1 ? format(most) : '',
          }))),
      {class: 'fl-g-unused', text: unused},
    ],
  };
}
