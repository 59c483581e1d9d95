// A server that answers docs/api-v1.md from invented logs, with the same policy headers as the real one. The page's tests
// start it, let logs grow, break and come back exactly when they say; `serve.mjs` runs it for a person.

import {createServer} from 'node:http';
import {readFile} from 'node:fs/promises';
import {extname, join, normalize} from 'node:path';
import {packedAnswer} from './columns.mjs';
import {packedHistograms} from './histograms.mjs';
import {imageBytes, imageList, imageRuns} from './images.mjs';
import {hostileRuns, manyRuns, restartedRuns, sweepRuns, trainStep, histogramAt} from './logs.mjs';

export const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; " +
  "connect-src 'self'; worker-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'";

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
};

const scenarios = {
  sweep: () => sweepRuns(),
  young: () => sweepRuns(40),
  hostile: hostileRuns,
  images: imageRuns,
  restarted: restartedRuns,
  empty: () => [],
  missing: () => [],
  loading: () => sweepRuns(300),
  damaged: () => sweepRuns(300),
  many: () => manyRuns(50, 40, 1000),
  huge: () => manyRuns(1000, 3, 20),
  crowd: () => manyRuns(10_000, 1, 2),
};

export class Fixture {
  constructor({scenario = 'sweep', uiDir}) {
    this.uiDir = uiDir;
    this.scenario = scenario;
    this.change = 1;
    this.startedS = 1795406100.25;
    this.streams = new Set();
    this.requests = []; // [method, path, body] of every API request.
    this.marks = new Map(); // What is said, by run.
    this.marksProblem = '';
    this.views = new Map(); // Short links.
    this.failures = new Map(); // Path prefix to how many requests fail from now on.
    this.delayMs = 0;
    this.state =
      scenario === 'missing' ? 'missing' : scenario === 'loading' ? 'loading' : 'watching';
    this.runs = scenarios[scenario]();
    this.damage =
      scenario === 'damaged'
        ? [
            {
              file: 'mlp-128-32/crashed/events.out.tfevents.1795406133.host',
              offset: 118,
              bytes: 42,
              message: 'payload checksum mismatch: got 0x9d3c5c11, want 0x4e2f0b77',
            },
            {
              file: 'cnn-small/seed1/events.out.tfevents.1795406135.host',
              offset: 90412,
              bytes: 1210,
              message: 'length checksum mismatch: got 0x00000000, want 0x1b8f00aa',
            },
          ]
        : [];
  }

  async listen(port = 0) {
    this.server = createServer((request, response) => void this.answer(request, response));
    await new Promise((done) => this.server.listen(port, '127.0.0.1', done));
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}/`;
    return this;
  }

  /** Ends as a killed server does: connections break. */
  async close() {
    this.streams.clear();
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** Trains every live run `steps` further and tells the streams. */
  grow(steps = 1) {
    const series = [];
    this.runs.forEach((run, id) => {
      if (run.status !== 'live' || run.how === undefined) return;
      for (let i = 0; i < steps; i++) {
        const step = run.lastStep + 1;
        trainStep(run, step, run.how);
        if (run.histograms.size > 0 && step % 50 === 0)
          histogramAt(run, 'hidden1/weights', step, 0, 0.08);
      }
      for (const [tag, s] of run.scalars) series.push([id, tag, s.steps.length]);
    });
    this.tell({series});
  }

  addRun(run) {
    this.runs.push(run);
    this.tell({runs: true, tags: true, series: null});
  }

  setState(state) {
    this.state = state;
    this.tell({series: []});
  }

  failNext(pathPrefix, count) {
    this.failures.set(pathPrefix, count);
  }

  failsNow(path) {
    for (const [prefix, count] of this.failures) {
      if (count === 0 || !path.startsWith(prefix)) continue;
      this.failures.set(prefix, count - 1);
      return true;
    }
    return false;
  }

  tell({runs = false, tags = false, series = []}) {
    this.change++;
    const {items: _, ...damage} = this.status().damage;
    const data = {change: this.change, runs, tags, series, status: {...this.status(), damage}};
    for (const stream of this.streams)
      stream.write(`event: change\ndata: ${JSON.stringify(data)}\n\n`);
  }

  tellReload() {
    for (const stream of this.streams) stream.write('event: reload\ndata: {}\n\n');
  }

  status() {
    let series = 0;
    let points = 0;
    for (const run of this.runs) {
      series += run.scalars.size + run.histograms.size;
      for (const s of run.scalars.values()) points += s.steps.length;
    }
    const isLoading = this.state === 'loading';
    return {
      version: '0.1.0',
      change: this.change,
      logdir: '/home/ann/logs',
      window_title: '',
      state: this.state,
      bytes_read: isLoading ? 1.3e9 : 4.2e6,
      bytes_total: isLoading ? 4.2e9 : 4.2e6,
      seconds_left: isLoading ? 2.5 : null,
      runs: this.runs.length,
      series,
      points,
      started_s: this.startedS,
      damage: {
        count: this.damage.length,
        bytes_lost: this.damage.reduce((n, d) => n + d.bytes, 0),
        items: this.damage,
      },
    };
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    const path = url.pathname;
    response.setHeader('Content-Security-Policy', policy);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (!path.startsWith('/api/v1/'))
      return this.failsNow(path) ? unavailable(response) : this.file(path, response);
    let body = '';
    for await (const chunk of request) body += chunk;
    this.requests.push([request.method, path, body]);
    if (this.delayMs > 0 && path !== '/api/v1/events')
      await new Promise((done) => setTimeout(done, this.delayMs));
    if (this.failsNow(path)) return unavailable(response);
    switch (path) {
      case '/api/v1/status':
        return send(response, 200, this.status());
      case '/api/v1/runs':
        return send(response, 200, {change: this.change, runs: this.runList()});
      case '/api/v1/tags':
        return send(response, 200, {change: this.change, tags: this.tagList()});
      case '/api/v1/summaries':
        return send(response, 200, this.summaries(JSON.parse(body).tags));
      case '/api/v1/marks':
        if (request.method === 'POST') this.changeMarks(JSON.parse(body).changes);
        return send(response, 200, {problem: this.marksProblem, marks: [...this.marks.values()]});
      case '/api/v1/links':
        return this.links(request.method, url, body, response);
      case '/api/v1/columns':
        return sendPacked(response, packedAnswer(this.runs, JSON.parse(body), this.change));
      case '/api/v1/histograms':
        return sendPacked(response, packedHistograms(this.runs, JSON.parse(body), this.change));
      case '/api/v1/images':
      case '/api/v1/image':
        return this.images(path, url.searchParams, response);
      case '/api/v1/graphs':
        // Graphs are drawn from what the real server makes of them: see tests/browser/graph_journeys.mjs.
        return send(response, 200, {change: this.change, runs: []});
      case '/api/v1/events':
        response.writeHead(200, {'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store'});
        this.streams.add(response);
        response.on('close', () => this.streams.delete(response));
        response.write(
          `event: change\ndata: ${JSON.stringify({change: this.change, runs: true, tags: true, series: null, status: this.status()})}\n\n`,
        );
        return;
      default:
        return send(response, 404, {
          error: {code: 'not_found', message: `no such address: ${path}`},
        });
    }
  }

  async file(path, response) {
    const name = normalize(path === '/' ? '/index.html' : decodeURIComponent(path));
    try {
      const bytes = await readFile(join(this.uiDir, name));
      response.writeHead(200, {
        'Content-Type': types[extname(name)] ?? 'application/octet-stream',
        'Cache-Control': name.startsWith('/assets/') ? 'immutable, max-age=31536000' : 'no-cache',
      });
      response.end(bytes);
    } catch {
      send(response, 404, {error: {code: 'not_found', message: `no such file: ${name}`}});
    }
  }

  runList() {
    return this.runs.map((run, id) => {
      const series = [...run.scalars.values()];
      const last = Math.max(...series.map((s) => s.walls.at(-1) ?? run.startS), run.startS);
      return {
        id,
        name: run.name,
        start_s: run.startS,
        last_wall_time_s: last,
        last_step: run.lastStep,
        points: series.reduce((n, s) => n + s.steps.length, 0),
        status: run.status,
        ...(run.hparams === undefined ? {} : {hparams: run.hparams}),
      };
    });
  }

  summaries(tags) {
    return {
      change: this.change,
      tags: tags.map((tag) => {
        const rows = this.runs.flatMap((run, id) => {
          const series = run.scalars.get(tag);
          return series === undefined ? [] : [{id, ...series}];
        });
        const finite = rows.map((row) => row.values.filter(Number.isFinite));
        const of = (f) => finite.map((values) => (values.length === 0 ? null : f(values)));
        return {
          tag,
          runs: rows.map((row) => row.id),
          points: rows.map((row) => row.steps.length),
          last: rows.map((row) => jsonNumber(row.values.at(-1))),
          last_step: rows.map((row) => row.steps.at(-1)),
          min: of((values) => values.reduce((a, b) => Math.min(a, b))),
          max: of((values) => values.reduce((a, b) => Math.max(a, b))),
          mean: of((values) => values.reduce((a, b) => a + b, 0) / values.length),
        };
      }),
    };
  }

  changeMarks(changes) {
    for (const {run, ...change} of changes) {
      const said = Object.entries({...this.marks.get(run), ...change}).filter(
        ([, value]) => value !== null && value !== '' && value !== false && value?.length !== 0,
      );
      const mark = Object.fromEntries(said);
      if (said.every(([key]) => key === 'run')) this.marks.delete(run);
      else this.marks.set(run, {run, ...mark});
    }
  }

  links(method, url, body, response) {
    if (method === 'POST') {
      const {view} = JSON.parse(body);
      const id = `view${this.views.size}`;
      this.views.set(id, view);
      return send(response, 200, {id});
    }
    const view = this.views.get(url.searchParams.get('id'));
    return view === undefined
      ? send(response, 404, {error: {code: 'not_found', message: 'there is no such short link'}})
      : send(response, 200, {view});
  }

  tagList() {
    const kinds = {histograms: new Map(), images: new Map(), scalars: new Map()};
    const note = (kind, tag, id) => {
      const runs = kinds[kind].get(tag) ?? [];
      runs.push(id);
      kinds[kind].set(tag, runs);
    };
    this.runs.forEach((run, id) => {
      for (const tag of run.scalars.keys()) note('scalars', tag, id);
      for (const tag of run.histograms.keys()) note('histograms', tag, id);
      for (const tag of run.images?.keys() ?? []) note('images', tag, id);
    });
    return Object.entries(kinds).flatMap(([kind, tags]) =>
      [...tags]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([tag, runs]) => ({
          kind,
          tag,
          display_name: '',
          description: '',
          run_ranges: runs.flatMap((id) => [id, id]),
        })),
    );
  }

  images(path, query, response) {
    const run = this.runs[Number(query.get('run'))];
    const list = imageList(run, query.get('tag'));
    if (list === undefined)
      return send(response, 404, {error: {code: 'not_found', message: 'there are no such images'}});
    if (path === '/api/v1/images') return send(response, 200, {change: this.change, ...list});
    response.writeHead(200, {'Content-Type': 'image/png', 'Cache-Control': 'no-store'});
    response.end(imageBytes(run, query));
  }
}

function sendPacked(response, bytes) {
  response.writeHead(200, {
    'Content-Type': 'application/vnd.fanlight.packed',
    'Cache-Control': 'no-store',
  });
  response.end(bytes);
}

function unavailable(response) {
  send(response, 503, {
    error: {code: 'unavailable', message: 'The disk did not answer in time.'},
  });
}

function send(response, status, value) {
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
  });
  response.end(JSON.stringify(value));
}

/** NaN and the infinities are texts. */
function jsonNumber(value) {
  return Number.isFinite(value) ? value : String(value);
}
