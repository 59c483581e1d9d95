// The node list of a graph as rows: scopes that open and close, nodes below them.

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly device: string;
  readonly shapes: readonly string[];
}

export type GraphRow =
  | {
      readonly kind: 'scope';
      readonly path: string;
      readonly label: string;
      readonly depth: number;
      readonly nodes: number;
      readonly isOpen: boolean;
    }
  | {
      readonly kind: 'node';
      readonly node: GraphNode;
      readonly label: string;
      readonly depth: number;
    };

interface Scope {
  readonly path: string;
  readonly label: string;
  readonly scopes: Map<string, Scope>;
  readonly nodes: GraphNode[];
  readonly order: (Scope | GraphNode)[];
  count: number;
}

function makeScope(path: string, label: string): Scope {
  return {path, label, scopes: new Map(), nodes: [], order: [], count: 0};
}

/** The tree of name scopes, built once for a graph. */
export class GraphTree {
  private readonly root = makeScope('', '');

  constructor(readonly nodes: readonly GraphNode[]) {
    for (const node of nodes) {
      const parts = node.name.split('/');
      parts.pop();
      let scope = this.root;
      scope.count++;
      for (const part of parts) {
        let child = scope.scopes.get(part);
        if (child === undefined) {
          child = makeScope(scope.path === '' ? part : `${scope.path}/${part}`, part);
          scope.scopes.set(part, child);
          scope.order.push(child);
        }
        child.count++;
        scope = child;
      }
      scope.order.push(node);
    }
  }

  /** Rows in the file's order, closed scopes without what they hold. */
  rows(isOpen: (path: string) => boolean): GraphRow[] {
    const rows: GraphRow[] = [];
    const visit = (scope: Scope, depth: number): void => {
      for (const item of scope.order) {
        if ('op' in item) {
          rows.push({kind: 'node', node: item, label: lastPart(item.name), depth});
          continue;
        }
        const open = isOpen(item.path);
        rows.push({
          kind: 'scope',
          path: item.path,
          label: item.label,
          depth,
          nodes: item.count,
          isOpen: open,
        });
        if (open) visit(item, depth + 1);
      }
    };
    visit(this.root, 0);
    return rows;
  }

  /** Nodes whose name or op matches, with their whole names. */
  search(matches: (text: string) => boolean): GraphRow[] {
    return this.nodes
      .filter((n) => matches(n.name) || matches(n.op))
      .map((node) => ({kind: 'node', node, label: node.name, depth: 0}));
  }

  /** Every scope above a node, outermost first. */
  static scopesOf(name: string): string[] {
    const parts = name.split('/');
    return parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join('/'));
  }
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** An input as the graph writes it: `^name` is a control input, `name:1` the second output. */
export function parseInput(input: string): {
  readonly name: string;
  readonly output: number;
  readonly isControl: boolean;
} {
  if (input.startsWith('^')) return {name: input.slice(1), output: 0, isControl: true};
  const colon = input.lastIndexOf(':');
  const output = colon < 0 ? Number.NaN : Number(input.slice(colon + 1));
  if (Number.isInteger(output)) return {name: input.slice(0, colon), output, isControl: false};
  return {name: input, output: 0, isControl: false};
}
