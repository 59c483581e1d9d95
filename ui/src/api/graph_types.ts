// What the routes of a graph answer, and how they are asked.

import type {Attached, Bundle, GraphScope, ItemKind} from '../base/graph_scene';

/** Which graph is meant: of a run, or of a file that was opened in the page. */
export type GraphSource =
  | {
      readonly kind: 'run';
      readonly run: number;
      readonly tag: string; // Empty: the run's own.
      readonly type: 'ops' | 'conceptual';
      readonly stats: string; // The tag of its run metadata; empty: none.
    }
  | {readonly kind: 'file'; readonly file: string; readonly name: string};

/** A box by its path in the drawing, or a node by its name in the file: a scope and a node may share a name. */
export interface GraphItemName {
  readonly by: 'path' | 'name';
  readonly text: string;
}

/** How a graph is cut into scopes and what stands aside. */
export interface GraphMarks {
  readonly putsHubsAside: boolean;
  readonly kept: ReadonlySet<string>;
  readonly aside: ReadonlySet<string>;
  readonly ungrouped: ReadonlySet<string>;
  readonly without: ReadonlySet<string>; // Devices whose time and memory do not count.
}

export interface GraphTag {
  readonly tag: string;
  readonly hasOps: boolean;
  readonly hasConceptual: boolean;
  readonly hasProfile: boolean;
}
export type GraphList = readonly {readonly run: number; readonly tags: readonly GraphTag[]}[];

export interface GraphScopesAnswer {
  readonly total: number; // Nodes in the file.
  readonly drawn: number; // Without constants and summaries.
  readonly edges: number;
  readonly devices: readonly string[]; // That the statistics tell of.
  readonly scopes: readonly GraphScope[];
}

export interface GraphNeighbour extends Bundle {
  readonly path: string;
  readonly kind: ItemKind;
  readonly op: string;
}

export interface GraphNodeAnswer {
  readonly path: string;
  readonly name: string; // In the file.
  readonly kind: ItemKind;
  readonly op: string;
  readonly nodes: number;
  readonly devices: readonly (readonly [string, number])[];
  readonly parents: readonly string[]; // Outermost first.
  readonly attributes: readonly {readonly name: string; readonly value: string}[];
  readonly shapes: readonly string[];
  readonly constants: readonly Attached[];
  readonly summaries: readonly Attached[];
  readonly inputCount: number;
  readonly outputCount: number;
  readonly inputs: readonly GraphNeighbour[];
  readonly outputs: readonly GraphNeighbour[];
  readonly timeUs: number | undefined;
  readonly bytes: number | undefined;
  readonly outputSizes: readonly string[];
  readonly series: string; // That it is or lies in, by the name it is ungrouped by; else empty.
  readonly functions: readonly string[]; // What a call calls, by their paths in the library.
  readonly usages: readonly string[]; // The calls of a function.
  readonly usageCount: number;
}

export function graphQuery(source: GraphSource, marks?: GraphMarks): URLSearchParams {
  const query = new URLSearchParams();
  if (source.kind === 'file') query.set('file', source.file);
  else {
    query.set('run', String(source.run));
    if (source.tag !== '') query.set('tag', source.tag);
    if (source.type !== 'ops') query.set('type', source.type);
    if (source.stats !== '') query.set('stats', source.stats);
  }
  if (marks === undefined) return query;
  if (!marks.putsHubsAside) query.set('hubs', 'keep');
  for (const path of marks.kept) query.append('kept', path);
  for (const path of marks.aside) query.append('aside', path);
  for (const path of marks.ungrouped) query.append('ungrouped', path);
  for (const device of marks.without) query.append('without', device);
  return query;
}
