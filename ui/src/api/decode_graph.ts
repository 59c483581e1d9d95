// The border for answers about graphs: docs/api-v1.md.

import type {
  Attached,
  Bundle,
  Crossing,
  GraphItem,
  GraphScope,
  ItemKind,
} from '../base/graph_scene';
import {
  fields,
  flag,
  list,
  number,
  optionalNumber,
  optionalText,
  text,
  type Fields,
} from './decode';
import type {GraphList, GraphNeighbour, GraphNodeAnswer, GraphScopesAnswer} from './graph_types';

function kind(value: unknown): ItemKind {
  return value === 'scope' || value === 'series' || value === 'call' ? value : 'op';
}

function attached(value: unknown): readonly Attached[] {
  if (value === undefined) return [];
  return list(value, 'attached').map((each) => {
    const one = fields(each, 'attached');
    return {name: text(one['name'], 'attached.name'), op: optionalText(one['op'])};
  });
}

function counts(value: unknown): readonly (readonly [string, number])[] {
  if (value === undefined) return [];
  return Object.entries(fields(value, 'counts')).map(
    ([name, count]) => [name, number(count, 'counts')] as const,
  );
}

function item(value: unknown): GraphItem {
  const one = fields(value, 'item');
  const aside = one['aside'];
  const role = one['role'];
  return {
    path: text(one['path'], 'item.path'),
    label: text(one['label'], 'item.label'),
    kind: kind(one['kind']),
    op: optionalText(one['op']),
    role: role === 'input' || role === 'output' ? role : 'op',
    aside: aside === 'in' || aside === 'out' ? aside : undefined,
    nodes: optionalNumber(one['nodes'], 'item.nodes') ?? 1,
    series: optionalText(one['series']),
    structure: optionalNumber(one['structure'], 'item.structure'),
    constants: attached(one['constants']),
    summaries: attached(one['summaries']),
    devices: counts(one['devices']),
    clusters: counts(one['clusters']),
    timeUs: optionalNumber(one['time_us'], 'item.time_us'),
    bytes: optionalNumber(one['bytes'], 'item.bytes'),
  };
}

function bundleOf(one: Fields): Bundle {
  const shape = one['shape'];
  return {
    from: text(one['from'], 'bundle.from'),
    to: text(one['to'], 'bundle.to'),
    tensors: number(one['tensors'], 'bundle.tensors'),
    controls: number(one['controls'], 'bundle.controls'),
    references: optionalNumber(one['references'], 'bundle.references') ?? 0,
    elements: number(one['elements'], 'bundle.elements'),
    shape: typeof shape === 'string' ? shape : undefined,
  };
}

function crossing(value: unknown): Crossing {
  const one = fields(value, 'crossing');
  return {
    ...bundleOf(one),
    inside: text(one['inside'], 'crossing.inside'),
    outside: text(one['outside'], 'crossing.outside'),
    isInput: flag(one['input']),
    isDrawn: flag(one['drawn']),
  };
}

function scope(value: unknown): GraphScope {
  const one = fields(value, 'scope');
  const bundles = (key: string): Bundle[] =>
    list(one[key], `scope.${key}`).map((each) => bundleOf(fields(each, key)));
  return {
    path: text(one['path'], 'scope.path'),
    kind: kind(one['kind']),
    nodes: number(one['nodes'], 'scope.nodes'),
    timeUs: optionalNumber(one['time_us'], 'scope.time_us'),
    bytes: optionalNumber(one['bytes'], 'scope.bytes'),
    items: list(one['items'], 'scope.items').map(item),
    lines: bundles('lines'),
    shortcuts: bundles('shortcuts'),
    crossings: list(one['crossings'], 'scope.crossings').map(crossing),
  };
}

export function decodeGraphScopes(value: unknown): GraphScopesAnswer {
  const answer = fields(value, 'scopes');
  return {
    total: number(answer['total'], 'scopes.total'),
    drawn: number(answer['drawn'], 'scopes.drawn'),
    edges: number(answer['edges'], 'scopes.edges'),
    devices:
      answer['stats_devices'] === undefined
        ? []
        : list(answer['stats_devices'], 'scopes.devices').map((each) => text(each, 'device')),
    scopes: list(answer['scopes'], 'scopes.scopes').map(scope),
  };
}

export function decodeGraphList(value: unknown): GraphList {
  return list(fields(value, 'graphs')['runs'], 'graphs.runs').map((each) => {
    const run = fields(each, 'graphs.run');
    return {
      run: number(run['run'], 'graphs.run'),
      tags: list(run['tags'], 'graphs.tags').map((entry) => {
        const tag = fields(entry, 'graphs.tag');
        return {
          tag: text(tag['tag'], 'graphs.tag'),
          hasOps: flag(tag['ops']),
          hasConceptual: flag(tag['conceptual']),
          hasProfile: flag(tag['profile']),
        };
      }),
    };
  });
}

function neighbour(value: unknown): GraphNeighbour {
  const one = fields(value, 'neighbour');
  return {
    ...bundleOf(one),
    path: text(one['path'], 'neighbour.path'),
    kind: kind(one['kind']),
    op: optionalText(one['op']),
  };
}

export function decodeGraphNode(value: unknown): GraphNodeAnswer {
  const one = fields(value, 'node');
  const texts = (key: string): readonly string[] =>
    one[key] === undefined ? [] : list(one[key], `node.${key}`).map((each) => text(each, key));
  const path = text(one['path'], 'node.path');
  return {
    path,
    name: optionalText(one['name']) || path,
    kind: kind(one['kind']),
    op: optionalText(one['op']),
    nodes: number(one['nodes'], 'node.nodes'),
    devices: counts(one['devices']),
    parents: texts('parents'),
    attributes: list(one['attributes'], 'node.attributes').map((each) => {
      const attribute = fields(each, 'attribute');
      return {
        name: text(attribute['name'], 'attribute.name'),
        value: text(attribute['value'], 'attribute.value'),
      };
    }),
    shapes: texts('shapes'),
    constants: attached(one['constants']),
    summaries: attached(one['summaries']),
    inputCount: number(one['input_count'], 'node.input_count'),
    outputCount: number(one['output_count'], 'node.output_count'),
    inputs: list(one['inputs'], 'node.inputs').map(neighbour),
    outputs: list(one['outputs'], 'node.outputs').map(neighbour),
    timeUs: optionalNumber(one['time_us'], 'node.time_us'),
    bytes: optionalNumber(one['bytes'], 'node.bytes'),
    outputSizes: texts('output_sizes'),
    series: optionalText(one['series']),
    functions: texts('functions'),
    usages: texts('usages'),
    usageCount: optionalNumber(one['usage_count'], 'node.usage_count') ?? 0,
  };
}

export function decodeGraphTrace(value: unknown): readonly string[] {
  return list(fields(value, 'trace')['paths'], 'trace.paths').map((each) => text(each, 'trace'));
}

export function decodeGraphFile(value: unknown): string {
  return text(fields(value, 'open')['file'], 'open.file');
}
