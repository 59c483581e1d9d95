// The real programs: the board serves a log directory while the trainer writes into it, and the page follows.

import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {cp, mkdir, mkdtemp, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {axeProblems, chartsReady} from './browser.mjs';
import {chartOf, dragOver, facts, waitForFacts} from './chart_probe.mjs';
import {EventLog} from './event_log.mjs';
import {graphCallJourneys} from './graph_call_journeys.mjs';
import {graphJourneys} from './graph_journeys.mjs';
import {hostileJourneys} from './hostile_journeys.mjs';
import {graphPeerJourneys} from './graph_peer_journeys.mjs';
import {same, that} from './runner.mjs';

// Enough for an unoptimised trainer on a busy machine; a release build needs a second.
const trainingMs = 240_000;

const golden = fileURLToPath(new URL('../golden', import.meta.url));

async function freePort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A program of ours; `says` waits for a line of its output, `end` stops it. */
class Program {
  constructor(path, args, env = {}) {
    this.output = '';
    this.child = spawn(path, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {...process.env, ...env},
    });
    this.ended = new Promise((done) => {
      this.child.on('close', (code, signal) => done(code ?? signal));
      this.child.on('error', (error) => {
        this.output += error.message;
        done(error.message);
      });
    });
    this.waiting = new Set();
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (bytes) => {
        this.output += bytes;
        for (const look of this.waiting) look();
      });
    }
  }

  async says(pattern) {
    const found = () => pattern.test(this.output);
    if (found()) return;
    let look;
    const heard = new Promise((done) => {
      look = () => found() && done(true);
      this.waiting.add(look);
    });
    const result = await Promise.race([heard, this.ended.then((code) => `ended with ${code}`)]);
    this.waiting.delete(look);
    if (result !== true && !found())
      throw new Error(`never said ${pattern}, ${result}:\n${this.output}`);
  }

  /** The last step that the trainer said it logged. */
  lastStep() {
    return Number([...this.output.matchAll(/^Step (\d+): loss/gm)].at(-1)?.[1] ?? Number.NaN);
  }

  async end(signal = 'SIGINT') {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return this.ended;
  }
}

export async function programJourneys(runner, bin) {
  const folder = async (kit) => {
    const path = await mkdtemp(join(tmpdir(), 'fanlight-browser-'));
    kit.onEnd(() => rm(path, {recursive: true, force: true}));
    return path;
  };
  const board = async (kit, logdir, port, data) => {
    const program = new Program(
      join(bin, 'fanlight'),
      ['--logdir', logdir, '--port', String(port)],
      // Not the names, notes and index of whoever tests.
      {XDG_DATA_HOME: data ?? (await folder(kit)), XDG_CACHE_HOME: await folder(kit)},
    );
    kit.onEnd(() => program.end());
    await program.says(/https?:\/\/\S+/);
    return program;
  };
  const train = (kit, logDir, steps, rate = 0.01) => {
    const program = new Program(join(bin, 'fanlight-mnist'), [
      '--fake_data',
      `--max_steps=${steps}`,
      `--learning_rate=${rate}`,
      '--summaries=full',
      `--log_dir=${logDir}`,
    ]);
    kit.onEnd(() => program.end('SIGKILL'));
    return program;
  };

  await runner.journey(
    'train and watch: the curve grows while it trains, histograms and the graph are there',
    async (kit) => {
      const logdir = await folder(kit);
      const port = await freePort();
      await board(kit, logdir, port);
      const page = await kit.open(`http://127.0.0.1:${port}/`);
      await page.waitForSelector('[data-testid=empty]');
      const trainer = train(kit, join(logdir, 'lr0.01'), 1_000_000);
      await page.waitForSelector('[data-testid=chart]');
      const tag = await page.getAttribute('[data-testid=card]', 'data-tag');
      // However fast the machine trains: the curve is seen at four lengths before the trainer is told to stop.
      const seen = new Set();
      await waitForFacts(
        page,
        'loss',
        (f) => {
          if (f.points > 1) seen.add(f.x.hi);
          return seen.size >= 4;
        },
        trainingMs,
      );
      await trainer.end('SIGINT');
      const last = trainer.lastStep();
      await waitForFacts(page, 'loss', (f) => f.x.hi === last, trainingMs);
      that(tag !== null, 'a card');
      await kit.shot(page, 'program-trained');
      same(await axeProblems(page), [], 'axe');
      await trainer.ended;
      await page.click('[data-testid=tab-histograms]');
      await page.waitForFunction(
        () => document.querySelectorAll('[data-testid=chart][data-state=ready]').length > 2,
      );
      await page
        .locator('[data-testid=chart]')
        .first()
        .hover({position: {x: 150, y: 110}});
      await page.waitForSelector('[data-testid=readout]');
      await kit.shot(page, 'program-histograms');
      await page.click('[data-testid=tab-graphs]');
      await page.waitForSelector('[data-testid=graph-box][data-path=hidden1]');
      await kit.shot(page, 'program-graph');
    },
  );

  await runner.journey(
    'a second run joins, is compared, zoomed, and the view survives a reload',
    async (kit) => {
      const logdir = await folder(kit);
      await train(kit, join(logdir, 'lr0.01'), 400).ended;
      const port = await freePort();
      await board(kit, logdir, port);
      const page = await kit.open(`http://127.0.0.1:${port}/`, {theme: 'dark'});
      await chartsReady(page);
      train(kit, join(logdir, 'lr0.1'), 300, 0.1);
      await page.getByRole('checkbox', {name: 'Show lr0.1', exact: true}).waitFor();
      await waitForFacts(page, 'loss', (f) => f.points >= 7, trainingMs);
      const whole = await facts(page, 'loss');
      await dragOver(page, chartOf(page, 'loss'), 100, 200);
      await waitForFacts(page, 'loss', (f) => f.x.hi < whole.x.hi);
      await page.waitForFunction(() => location.search.includes('zoom='));
      const zoomed = await facts(page, 'loss');
      await page.reload();
      await waitForFacts(page, 'loss', (f) => Math.abs(f.x.hi - zoomed.x.hi) < 1);
      await kit.shot(page, 'program-zoomed');
    },
  );

  await runner.journey('a killed board comes back and nothing is lost', async (kit) => {
    const logdir = await folder(kit);
    const port = await freePort();
    const first = await board(kit, logdir, port);
    const trainer = train(kit, join(logdir, 'run'), 1_000_000);
    const page = await kit.open(`http://127.0.0.1:${port}/`, {expect: [/net::|ERR_/]});
    await waitForFacts(page, 'loss', (f) => f.x.hi >= 100, trainingMs);
    await first.end('SIGKILL');
    await page.waitForSelector('[data-testid=lost]');
    await board(kit, logdir, port);
    await page.waitForSelector('[data-testid=lost]', {state: 'detached'});
    const before = (await facts(page, 'loss')).x.hi;
    await waitForFacts(page, 'loss', (f) => f.x.hi > before, trainingMs);
    await trainer.end('SIGINT');
    const last = trainer.lastStep();
    await waitForFacts(
      page,
      'loss',
      (f) => f.x.hi === last && f.points === last / 100 + 1,
      trainingMs,
    );
  });

  await runner.journey('from a flush in the log to the screen', async (kit) => {
    const logdir = await folder(kit);
    await mkdir(join(logdir, 'run'));
    const log = await EventLog.create(join(logdir, 'run', 'events.out.tfevents.1.host'));
    kit.onEnd(() => log.close());
    for (let step = 0; step < 100; step++) await log.scalar('loss', step, 1 / (1 + step));
    const port = await freePort();
    await board(kit, logdir, port);
    const page = await kit.open(`http://127.0.0.1:${port}/`);
    await waitForFacts(page, 'loss', (f) => f.x.hi === 99);
    const delays = [];
    for (let step = 100; step < 120; step++) {
      // Told in the frame after the one that drew the point: by then it is on the screen.
      const seen = page.evaluate(
        (want) =>
          new Promise((done) => {
            const look = () => {
              const drawn = document.querySelector('[data-tag=loss] canvas')?.fanlightFacts?.();
              if (drawn?.x.hi === want) requestAnimationFrame(() => done(Date.now()));
              else requestAnimationFrame(look);
            };
            look();
          }),
        step,
      );
      const began = Date.now();
      await log.scalar('loss', step, 1 / (1 + step));
      delays.push((await seen) - began);
    }
    delays.sort((a, b) => a - b);
    console.log(
      `     flush to screen: median ${delays[10]} ms, least ${delays[0]} ms, most ${delays[19]} ms`,
    );
    same((await facts(page, 'loss')).points, 120, 'every point');
  });

  await runner.journey("the tutorial author's own log: 20 points and 119 nodes", async (kit) => {
    const logdir = await folder(kit);
    await mkdir(join(logdir, 'example'));
    await cp(join(golden, 'tutorial/example'), join(logdir, 'example'), {recursive: true});
    const port = await freePort();
    await board(kit, logdir, port);
    const page = await kit.open(`http://127.0.0.1:${port}/`);
    await chartsReady(page);
    await page.getByText('20 points').first().waitFor();
    await page.click('[data-testid=tab-graphs]');
    await page.getByText('119 nodes').waitFor();
    await kit.shot(page, 'program-tutorial');
  });

  await runner.journey('every golden log opens; damage is told', async (kit) => {
    const port = await freePort();
    await board(kit, golden, port);
    for (const tab of ['timeseries', 'histograms', 'graphs']) {
      const page = await kit.open(`http://127.0.0.1:${port}/#${tab}`);
      if (tab === 'graphs') await page.waitForSelector('[data-testid=graph-box]');
      else await chartsReady(page);
      same(await axeProblems(page), [], `axe, ${tab}`);
      if (tab === 'timeseries') {
        await page.click('[data-testid=damage]');
        await page.getByText('ev_bad_flip_payload').first().waitFor();
        await kit.shot(page, 'program-golden');
      }
    }
  });

  await runner.journey(
    'hyper-parameters of real logs are columns; names outlive the program',
    async (kit) => {
      const logdir = await folder(kit);
      for (const name of ['ev_plugin_hparams', 'ev_plugin_hpend'])
        await cp(join(golden, name), join(logdir, name), {recursive: true});
      const data = await folder(kit);
      const port = await freePort();
      const address = `http://127.0.0.1:${port}/?table=wide`;
      const first = await board(kit, logdir, port, data);
      const page = await kit.open(address, {expect: [/ERR_CONNECTION|ERR_INCOMPLETE|net::/]});
      const row = page.locator('[data-testid=run]', {hasText: 'ev_plugin_hparams/run1'});
      await row.waitFor();
      const columns = await page.$$eval('[role=columnheader][data-column]', (heads) =>
        heads.map((h) => h.dataset.column).filter((c) => c.startsWith('hparam:')),
      );
      that(columns.length > 0, `hyper-parameters are columns: ${columns}`);
      const cell = await row.locator(`[data-column="${columns[0]}"]`).textContent();
      that(cell !== '', `${columns[0]} has a value`);
      await row.click();
      await page.keyboard.press('F2');
      await page.fill('[data-testid=mark-text]', 'renamed once');
      await page.keyboard.press('Enter');
      await page.getByText('Rename: ev_plugin_hparams/run1').waitFor();
      await first.end();
      await board(kit, logdir, port, data);
      const later = await kit.open(address, {expect: [/403/]});
      await later.locator('[data-testid=run]', {hasText: 'renamed once'}).waitFor();
      const answer = await later
        .evaluate(async () => {
          const response = await fetch('api/v1/marks', {
            method: 'POST',
            headers: {'Content-Type': 'text/plain'},
            body: '{"changes": []}',
          });
          return response.status;
        })
        .catch(String);
      same(answer, 403, 'what a form could send is refused');
    },
  );
  const tools = {
    golden,
    folder,
    start: async (kit, logdir) => {
      const port = await freePort();
      await board(kit, logdir, port);
      return `http://127.0.0.1:${port}/`;
    },
  };
  await graphJourneys(runner, tools);
  await graphCallJourneys(runner, tools);
  await hostileJourneys(runner, tools);
  await graphPeerJourneys(runner, tools);
}
