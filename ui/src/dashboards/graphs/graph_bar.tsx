// The tool bar of the graph: which graph, drawing or list, colours, what stands aside, files.

import {useRef} from 'preact/hooks';
import type {RefObject} from 'preact';
import {FilterField, MenuItem, Segments} from '../../widgets/controls';
import {FoldingBar} from '../../widgets/folding_bar';
import {PopoverButton} from '../../widgets/popover';
import {words} from '../../words/words';
import type {ColourBy, GraphModel} from './graph_model';

export interface GraphChoice {
  readonly key: string; // Unique within a run.
  readonly run: {readonly id: number; readonly name: string};
  readonly tag: string;
  readonly type: 'ops' | 'conceptual';
  readonly stats: string;
}

interface GraphBarProps {
  readonly model: GraphModel;
  readonly filterRef: RefObject<HTMLInputElement | null>;
  readonly search: string;
  readonly setSearch: (text: string) => void;
  readonly mode: 'drawing' | 'list';
  readonly setMode: (mode: 'drawing' | 'list') => void;
  readonly choices: readonly GraphChoice[];
  readonly choice: GraphChoice | undefined;
  readonly fileName: string | undefined;
  readonly choose: (choice: GraphChoice) => void;
  readonly openFile: (file: File) => void;
}

export function GraphBar(props: GraphBarProps) {
  const {model, choices, choice, fileName} = props;
  const t = words.value;
  const picker = useRef<HTMLInputElement>(null);
  const drawing = model.drawing.value;
  const nameOf = (each: GraphChoice): string =>
    [
      each.run.name,
      each.type === 'conceptual' ? t.conceptualGraph : each.tag === '' ? '' : t.functionGraph,
      each.tag,
    ]
      .filter((part) => part !== '')
      .join(' · ');
  const colours: readonly (readonly [ColourBy, string])[] = [
    ['none', t.colourNone],
    ['structure', t.colourStructure],
    ['device', t.device],
    ...(model.hasClusters.value ? [['cluster', t.colourCluster] as const] : []),
    ...(model.hasStats.value
      ? ([
          ['time', t.computeTime],
          ['memory', t.memory],
        ] as const)
      : []),
  ];
  return (
    <FoldingBar
      label={t.graph}
      first={
        <FilterField
          label={t.searchNodes}
          value={props.search}
          change={props.setSearch}
          class="fl-tag-filter"
          testId="node-filter"
          hint="/"
          inputRef={props.filterRef}
        />
      }
    >
      <span class="fl-bar-more">
        <PopoverButton
          hasWords
          label={t.graphOfRun}
          class="fl-button"
          role="menu"
          testId="graph-choice"
          face={<bdi>{fileName ?? (choice === undefined ? t.graphOfRun : nameOf(choice))} ▾</bdi>}
        >
          {(close) => (
            <div class="fl-menu">
              {choices.map((each) => (
                <MenuItem
                  key={`${each.run.id} ${each.key}`}
                  isChecked={each === choice}
                  run={() => {
                    props.choose(each);
                    close();
                  }}
                >
                  <bdi>{nameOf(each)}</bdi>
                </MenuItem>
              ))}
              <MenuItem
                testId="graph-open-file"
                run={() => {
                  picker.current?.click();
                  close();
                }}
              >
                {t.openGraphFile}
              </MenuItem>
            </div>
          )}
        </PopoverButton>
      </span>
      <input
        ref={picker}
        type="file"
        hidden
        accept=".pb,.pbtxt,.meta"
        aria-label={t.openGraphFile}
        data-testid="graph-file"
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          if (file !== undefined) props.openFile(file);
          event.currentTarget.value = '';
        }}
      />
      <span class="fl-bar-more">
        <Segments
          label={t.graphMode}
          value={props.mode}
          options={[
            ['drawing', t.graphDrawing],
            ['list', t.graphList],
          ]}
          choose={props.setMode}
        />
      </span>
      {props.mode === 'drawing' && (
        <span class="fl-bar-more fl-joined">
          <PopoverButton
            hasWords
            label={t.graphColours}
            class="fl-button"
            role="menu"
            testId="graph-colour"
            face={
              <span>
                {t.graphColours}: {colours.find(([key]) => key === model.colourBy.value)?.[1]} ▾
              </span>
            }
          >
            {(close) => (
              <div class="fl-menu">
                {colours.map(([key, text]) => (
                  <MenuItem
                    key={key}
                    isChecked={key === model.colourBy.value}
                    run={() => {
                      model.colourBy.value = key;
                      close();
                    }}
                  >
                    {text}
                  </MenuItem>
                ))}
              </div>
            )}
          </PopoverButton>
          <button
            type="button"
            class="fl-button fl-toggle"
            aria-pressed={model.isTracing.value}
            title={t.traceInputsHelp}
            data-testid="graph-trace"
            onClick={() => void model.setTracing(!model.isTracing.value)}
          >
            {t.traceInputs}
          </button>
          <button
            type="button"
            class="fl-button fl-toggle"
            aria-pressed={model.marks.value.putsHubsAside}
            title={t.hubsAsideHelp}
            data-testid="graph-hubs"
            onClick={() => void model.setPutsHubsAside(!model.marks.value.putsHubsAside)}
          >
            {t.hubsAside}
          </button>
        </span>
      )}
      <span class="fl-grow" />
      {drawing.kind === 'ready' && (
        <span class="fl-quiet fl-wide-only" data-testid="graph-counts">
          {t.nodes(drawing.value.total)} · {t.graphEdges(drawing.value.edges)}
        </span>
      )}
    </FoldingBar>
  );
}
