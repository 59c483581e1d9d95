// The page's only way to the server. Addresses are relative to the page, so that it works below any path prefix.

import {
  decodeGraphFile,
  decodeGraphList,
  decodeGraphNode,
  decodeGraphScopes,
  decodeGraphTrace,
} from './decode_graph';
import {
  DecodeError,
  decodeErrorMessage,
  decodeGraph,
  decodeImages,
  decodeMarks,
  decodeRuns,
  decodeStatus,
  decodeSummaries,
  decodeTags,
  decodeText,
} from './decode';
import {
  graphQuery,
  type GraphItemName,
  type GraphList,
  type GraphMarks,
  type GraphNodeAnswer,
  type GraphScopesAnswer,
  type GraphSource,
} from './graph_types';
import {decodePacked, type PackedSeries} from './packed';
import {decodePackedHistograms} from './packed_histograms';
import type {
  ColumnsAnswer,
  GraphAnswer,
  GroupId,
  HistogramWindow,
  HistogramsAnswer,
  ImageList,
  MarkChange,
  Marks,
  RunList,
  SeriesAnswer,
  SeriesId,
  Smoothing,
  Status,
  Summary,
  TagList,
  Window,
} from './types';

/** A request that did not give what was asked. `message` can be shown to a person. */
export class ApiError extends Error {
  constructor(
    readonly reason: 'network' | 'status' | 'contract',
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export class Api {
  /** `base` ends in a slash: where the page itself lies. */
  constructor(private readonly base: string) {}

  get eventsUrl(): string {
    return new URL('api/v1/events', this.base).href;
  }

  async status(): Promise<Status> {
    return this.json('api/v1/status', decodeStatus);
  }

  async runs(): Promise<RunList> {
    return this.json('api/v1/runs', decodeRuns);
  }

  async tags(): Promise<TagList> {
    return this.json('api/v1/tags?runs=ranges', decodeTags);
  }

  /** By tag, then by run. */
  async summaries(
    tags: readonly string[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<number, Summary>>> {
    return this.json('api/v1/summaries', decodeSummaries, jsonBody({tags}));
  }

  async marks(): Promise<Marks> {
    return this.json('api/v1/marks', decodeMarks);
  }

  /** What is said once all of `changes` are made. */
  async changeMarks(changes: ReadonlyMap<string, MarkChange>): Promise<Marks> {
    const list = [...changes].map(([run, change]) => ({run, ...change}));
    return this.json('api/v1/marks', decodeMarks, jsonBody({changes: list}));
  }

  /** The short name of a view: `?…#tab`. */
  async shorten(view: string): Promise<string> {
    return this.json('api/v1/links', (value) => decodeText(value, 'id'), jsonBody({view}));
  }

  async expand(id: string): Promise<string> {
    const query = new URLSearchParams({id});
    return this.json(`api/v1/links?${query}`, (value) => decodeText(value, 'view'));
  }

  /** Histogram series in the order asked for, all on the same bins. */
  async histograms(
    series: readonly SeriesId[],
    window: HistogramWindow,
    signal?: AbortSignal,
  ): Promise<HistogramsAnswer> {
    const response = await this.send('api/v1/histograms', {
      ...packedRequest(histogramsRequest(series, window)),
      ...abortable(signal),
    });
    const answer = contract(
      (bytes: ArrayBuffer) => decodePackedHistograms(bytes, window),
      await response.arrayBuffer(),
    );
    if (answer.series.length !== series.length) {
      throw new ApiError(
        'contract',
        response.status,
        `histograms: got ${answer.series.length} series, want ${series.length}`,
      );
    }
    return answer;
  }

  async images(run: number, tag: string, signal?: AbortSignal): Promise<ImageList> {
    const query = new URLSearchParams({run: String(run), tag});
    return this.json(`api/v1/images?${query}`, decodeImages, abortable(signal));
  }

  /** Where an image lies. The wall time tells a step that was logged again from the first in the browser's cache. */
  imageUrl(run: number, tag: string, step: number, sample: number, wallTimeS: number): string {
    const query = new URLSearchParams({
      run: String(run),
      tag,
      step: String(step),
      sample: String(sample),
      logged: String(wallTimeS),
    });
    return new URL(`api/v1/image?${query}`, this.base).href;
  }

  // --- graphs ---

  async graphList(signal?: AbortSignal): Promise<GraphList> {
    return this.json('api/v1/graphs', decodeGraphList, abortable(signal));
  }

  /** Every node as the file has it. */
  async graph(source: GraphSource, signal?: AbortSignal): Promise<GraphAnswer> {
    return this.json(`api/v1/graph?${graphQuery(source)}`, decodeGraph, abortable(signal));
  }

  async graphScopes(
    source: GraphSource,
    marks: GraphMarks,
    paths: readonly string[],
    signal?: AbortSignal,
  ): Promise<GraphScopesAnswer> {
    const query = graphQuery(source, marks);
    for (const path of paths) query.append('path', path);
    return this.json(`api/v1/graph/scopes?${query}`, decodeGraphScopes, abortable(signal));
  }

  async graphNode(
    source: GraphSource,
    marks: GraphMarks,
    wanted: GraphItemName,
    signal?: AbortSignal,
  ): Promise<GraphNodeAnswer> {
    const query = graphQuery(source, marks);
    query.set(wanted.by, wanted.text);
    return this.json(`api/v1/graph/node?${query}`, decodeGraphNode, abortable(signal));
  }

  /** The nodes from which data or control reaches what is at `path`, traced through the calls that are open. */
  async graphTrace(
    source: GraphSource,
    marks: GraphMarks,
    {path, open}: {readonly path: string; readonly open: readonly string[]},
    signal?: AbortSignal,
  ): Promise<readonly string[]> {
    const query = graphQuery(source, marks);
    query.set('path', path);
    for (const call of open) query.append('open', call);
    return this.json(`api/v1/graph/trace?${query}`, decodeGraphTrace, abortable(signal));
  }

  /** Hands a file's graph to the server, which keeps it for the questions that follow; returns its name there. */
  async openGraph(file: Blob): Promise<string> {
    const response = await this.send('api/v1/graph/open', {
      method: 'POST',
      headers: {'Content-Type': 'application/octet-stream', 'X-Fanlight': '1'},
      body: file,
    });
    return contract(decodeGraphFile, await response.json());
  }

  /** Series and groups in the order asked for, all for one window. */
  async columns(
    series: readonly SeriesId[],
    groups: readonly GroupId[],
    window: Window,
    signal?: AbortSignal,
  ): Promise<ColumnsAnswer> {
    const response = await this.send('api/v1/columns', {
      ...packedRequest(columnsRequest(series, groups, window)),
      ...abortable(signal),
    });
    const asked = {
      wallTimes: true,
      x: window.axis === 'metric',
      smoothed: window.smoothing.kind !== 'none',
    };
    const answer = contract(
      (bytes: ArrayBuffer) => decodePacked(bytes, asked),
      await response.arrayBuffer(),
    );
    if (answer.series.length !== series.length || answer.groups.length !== groups.length) {
      throw new ApiError(
        'contract',
        response.status,
        `columns: got ${answer.series.length} series and ${answer.groups.length} groups, want ${series.length} and ${groups.length}`,
      );
    }
    return {...answer, series: answer.series.map(seriesAnswer)};
  }

  private async json<T>(
    path: string,
    decode: (value: unknown) => T,
    init: RequestInit = {},
  ): Promise<T> {
    const response = await this.send(path, init);
    let value: unknown;
    try {
      value = await response.json();
    } catch (error) {
      throw new ApiError('contract', response.status, `${path}: ${String(error)}`);
    }
    return contract(decode, value);
  }

  private async send(path: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(new URL(path, this.base), init);
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw new ApiError('network', 0, '');
    }
    if (response.ok) return response;
    let message: string | undefined;
    try {
      message = decodeErrorMessage(await response.json());
    } catch {
      // The body was not JSON: the status alone has to do.
    }
    throw new ApiError(
      'status',
      response.status,
      message ?? `${response.status} ${response.statusText}`,
    );
  }
}

function seriesAnswer(packed: PackedSeries): SeriesAnswer {
  const {isFound, isDecimated, total, inWindow, steps, values, smoothed, x, lo, hi} = packed;
  const wallTimesS = packed.wallTimesS ?? new Float64Array(steps.length).fill(Number.NaN);
  return {
    columns: {steps, wallTimesS, values, smoothed, x, lo, hi},
    isFound,
    isDecimated,
    total,
    inWindow,
  };
}

/** The body of a request for columns; docs/api-v1.md names the keys. */
function columnsRequest(
  series: readonly SeriesId[],
  groups: readonly GroupId[],
  window: Window,
): unknown {
  return {
    series,
    ...(groups.length > 0 && {
      groups: groups.map(({tag, runs}) => ({tag, runs})),
      band: window.band === 'quantiles' ? {quantiles: [0.25, 0.75]} : window.band,
    }),
    axis: window.axis,
    ...(window.axis === 'metric' && {x_tag: window.xTag}),
    from: window.from ?? null,
    to: window.to ?? null,
    width: window.width,
    ...(window.scale === 'log' && {scale: 'log'}),
    ...(window.detail === 'drawing' && {shape: 'envelope', precision: 'screen'}),
    ...(window.smoothing.kind !== 'none' && {smoothing: smoothingRequest(window.smoothing)}),
    ...(window.isOlderShown && {generations: 'all'}),
  };
}

/** The body of a request for histograms. */
function histogramsRequest(series: readonly SeriesId[], window: HistogramWindow): unknown {
  return {
    series,
    axis: window.axis === 'metric' ? 'step' : window.axis,
    from: window.from ?? null,
    to: window.to ?? null,
    steps: window.mostSteps,
    bins: window.bins,
    ...(window.range !== undefined && {range: [window.range.lo, window.range.hi]}),
    percentiles: window.percentiles,
    buckets: window.buckets,
    precision: 'screen',
    ...(window.isOlderShown && {generations: 'all'}),
  };
}

function packedRequest(value: unknown): RequestInit {
  return {
    ...jsonBody(value),
    headers: {'Content-Type': 'application/json', Accept: 'application/vnd.fanlight.packed'},
  };
}

function smoothingRequest(smoothing: Smoothing): unknown {
  if (smoothing.kind !== 'time_ema') return smoothing;
  return {kind: smoothing.kind, half_life: smoothing.halfLife};
}

function abortable(signal: AbortSignal | undefined): RequestInit {
  return signal === undefined ? {} : {signal};
}

function jsonBody(value: unknown): RequestInit {
  return {
    method: 'POST',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify(value),
  };
}

function contract<V, T>(decode: (value: V) => T, value: V): T {
  try {
    return decode(value);
  } catch (error) {
    if (error instanceof DecodeError) throw new ApiError('contract', 200, error.message);
    throw error;
  }
}
