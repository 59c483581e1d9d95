// What is known of the chosen node or scope.

import type {GraphNeighbour, GraphNodeAnswer} from '../../api/graph_types';
import {formatBytes, formatCount} from '../../base/format';
import type {Attached} from '../../base/graph_scene';
import {shapeLabel} from '../../base/graph_scene';
import {words} from '../../words/words';
import {deviceName, formatMicros} from './colouring';
import type {GraphModel} from './graph_model';

const shownAtFirst = 100;

interface NodePanelProps {
  readonly model: GraphModel;
  readonly choose: (path: string) => void;
}

export function NodePanel({model, choose}: NodePanelProps) {
  const t = words.value;
  const selected = model.selected.value;
  if (selected === undefined) return <p class="fl-node-details fl-quiet">{t.chooseNode}</p>;
  if (selected.kind === 'loading') return <p class="fl-node-details fl-quiet">{t.loading}</p>;
  if (selected.kind === 'failed')
    return (
      <p class="fl-node-details" role="alert">
        {selected.message}
      </p>
    );
  return <Details node={selected.value} model={model} choose={choose} />;
}

function Details({node, model, choose}: NodePanelProps & {readonly node: GraphNodeAnswer}) {
  const t = words.value;
  const marks = model.marks.value;
  const point = (event: Event): void => {
    const link = event.target instanceof Element ? event.target.closest('[data-goto]') : null;
    model.pointed.value = link?.getAttribute('data-goto') ?? '';
  };
  const isAside =
    marks.aside.has(node.path) || (!marks.kept.has(node.path) && isDrawnAside(model, node.path));
  return (
    <div
      class="fl-node-details"
      data-testid="node-facts"
      onPointerOver={point}
      onPointerLeave={() => (model.pointed.value = '')}
      onFocusIn={point}
      onFocusOut={() => (model.pointed.value = '')}
    >
      <h2 dir="auto" title={node.path}>
        {shownName(node.path)}
      </h2>
      <p>
        {node.op !== '' && <code>{node.op}</code>}{' '}
        {node.kind !== 'op' && <span>{t.nodes(node.nodes)}</span>}
        {node.name !== node.path && (
          <span class="fl-quiet">
            {' '}
            <bdi>{shownName(node.name)}</bdi>
          </span>
        )}
      </p>
      <p class="fl-actions">
        <button
          type="button"
          class="fl-button"
          data-testid="node-aside"
          onClick={() => void model.setAside(node.path, !isAside)}
        >
          {isAside ? t.putBack : t.putAside}
        </button>
        {node.series !== '' && (
          <button
            type="button"
            class="fl-button"
            data-testid="node-ungroup"
            onClick={() => void model.setGrouped(node.series, false)}
          >
            {t.ungroupSeries}
          </button>
        )}
        {marks.ungrouped.size > 0 && (
          <button
            type="button"
            class="fl-button"
            onClick={() => {
              for (const path of marks.ungrouped) void model.setGrouped(path, true);
            }}
          >
            {t.groupSeries}
          </button>
        )}
      </p>
      {(node.timeUs !== undefined || node.bytes !== undefined) && (
        <div>
          <h3>{t.nodeStats}</h3>
          <dl class="fl-facts">
            <dt>{t.computeTime}</dt>
            <dd>{node.timeUs === undefined ? '' : formatMicros(node.timeUs)}</dd>
            <dt>{t.memory}</dt>
            <dd>{node.bytes === undefined ? '' : formatBytes(node.bytes)}</dd>
            {node.outputSizes.length > 0 && (
              <>
                <dt>{t.shapesTitle}</dt>
                <dd>{node.outputSizes.map((size) => shapeLabel(size) || '?').join(', ')}</dd>
              </>
            )}
          </dl>
        </div>
      )}
      <PathList
        title={t.functionsCalled}
        paths={node.functions}
        total={node.functions.length}
        choose={choose}
      />
      <PathList title={t.usages} paths={node.usages} total={node.usageCount} choose={choose} />
      <Neighbours title={t.inputs} list={node.inputs} total={node.inputCount} choose={choose} />
      <AttachedList title={t.constants} list={node.constants} />
      <Neighbours title={t.outputs} list={node.outputs} total={node.outputCount} choose={choose} />
      <AttachedList title={t.summaries} list={node.summaries} />
      {node.shapes.length > 0 && (
        <div>
          <h3>{t.shapesTitle}</h3>
          <ul>
            {node.shapes.map((shape, i) => (
              <li key={i}>
                <span class="fl-quiet">{formatCount(i)}</span>
                <code>{shape}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
      {node.attributes.length > 0 && (
        <div>
          <h3>{t.attributes(node.attributes.length)}</h3>
          <dl class="fl-facts">
            {node.attributes.map((attribute) => (
              <>
                <dt key={`n${attribute.name}`}>{attribute.name}</dt>
                <dd key={`v${attribute.name}`}>
                  <code>{attribute.value}</code>
                </dd>
              </>
            ))}
          </dl>
        </div>
      )}
      {node.devices.some(([device]) => device !== '') && (
        <div>
          <h3>{t.device}</h3>
          <ul>
            {node.devices.map(([device, count]) => (
              <li key={device} title={device}>
                <span>{device === '' ? t.noDevice : deviceName(device)}</span>
                {node.kind !== 'op' && <span class="fl-quiet">{t.nodes(count)}</span>}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

/** A name as long as a page gives way in its middle. */
function shownName(name: string): string {
  return name.length <= 400 ? name : `${name.slice(0, 240)} … ${name.slice(-140)}`;
}

function isDrawnAside(model: GraphModel, path: string): boolean {
  const drawing = model.drawing.value;
  if (drawing.kind !== 'ready') return false;
  const {frames, boxes} = drawing.value.scene;
  return [...frames, ...boxes].some(({item}) => item.path === path && item.aside !== undefined);
}

interface PathListProps {
  readonly title: (n: number) => string;
  readonly paths: readonly string[];
  readonly total: number;
  readonly choose: (path: string) => void;
}

function PathList({title, paths, total, choose}: PathListProps) {
  if (total === 0) return null;
  return (
    <div>
      <h3>{title(total)}</h3>
      <ul>
        {paths.slice(0, shownAtFirst).map((path) => (
          <li key={path}>
            <button type="button" class="fl-link" data-goto={path} onClick={() => choose(path)}>
              <bdi>{shownName(path)}</bdi>
            </button>
          </li>
        ))}
        {total > shownAtFirst && <li class="fl-quiet">{words.value.more(total - shownAtFirst)}</li>}
      </ul>
    </div>
  );
}

interface NeighboursProps {
  readonly title: (n: number) => string;
  readonly list: readonly GraphNeighbour[];
  readonly total: number;
  readonly choose: (path: string) => void;
}

function Neighbours({title, list, total, choose}: NeighboursProps) {
  const t = words.value;
  const data = list.filter((each) => each.tensors > 0);
  const control = list.filter((each) => each.tensors === 0);
  const rows = (each: readonly GraphNeighbour[]) =>
    each.slice(0, shownAtFirst).map((one) => (
      <li key={one.path}>
        <button type="button" class="fl-link" data-goto={one.path} onClick={() => choose(one.path)}>
          <bdi>{shownName(one.path)}</bdi>
        </button>
        <span class="fl-quiet">
          {one.tensors > 1 ? t.tensors(String(one.tensors)) : shapeLabel(one.shape)}
        </span>
      </li>
    ));
  return (
    <div>
      <h3>{title(total)}</h3>
      <ul>
        {rows(data)}
        {data.length > shownAtFirst && <li class="fl-quiet">{t.more(total - shownAtFirst)}</li>}
      </ul>
      {total === 0 && <span class="fl-quiet">{t.noneHere}</span>}
      {control.length > 0 && (
        <details>
          <summary class="fl-quiet">{t.controlInputs(control.length)}</summary>
          <ul>{rows(control)}</ul>
        </details>
      )}
    </div>
  );
}

function AttachedList({
  title,
  list,
}: {
  readonly title: (n: number) => string;
  readonly list: readonly Attached[];
}) {
  if (list.length === 0) return null;
  return (
    <div>
      <h3>{title(list.length)}</h3>
      <ul>
        {list.map((each) => (
          <li key={each.name}>
            <bdi>{shownName(each.name)}</bdi>
            <span class="fl-quiet">{each.op}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
