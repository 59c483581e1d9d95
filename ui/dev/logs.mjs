// Invented logs for trying the page: deterministic, so that pictures of two days can be compared.

/** @returns {() => number} numbers in [0, 1), the same for the same seed. */
export function random(seed) {
  let s = seed >>> 0 || 1;
  return () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 4294967296;
  };
}

const started = 1795406133;

export class Run {
  constructor(name, seed, status = 'live') {
    this.name = name;
    this.status = status;
    this.random = random(seed * 7919 + 17);
    this.scalars = new Map();
    this.histograms = new Map();
    this.startS = started + seed * 2.5;
  }

  add(tag, step, value, secondsPerStep = 0.013) {
    let series = this.scalars.get(tag);
    if (series === undefined) this.scalars.set(tag, (series = {steps: [], walls: [], values: []}));
    series.steps.push(step);
    series.walls.push(this.startS + step * secondsPerStep);
    series.values.push(Math.fround(value));
  }

  noise() {
    return this.random() + this.random() - 1;
  }

  get lastStep() {
    let last = -1;
    for (const s of this.scalars.values()) last = Math.max(last, s.steps.at(-1) ?? -1);
    return last;
  }
}

/** The curves of a small classifier; `end` is where its loss goes, `tau` how fast. */
export function trainStep(run, step, {end, tau, rate}) {
  const fall = Math.exp(-step / tau);
  const loss = end + (2.3 - end) * fall;
  run.add('loss/train', step, loss + run.noise() * 0.09 * (0.35 + loss));
  run.add(
    'loss/l2',
    step,
    0.05 + (0.28 + rate * 4) * (1 - Math.exp(-step / 300)) + run.noise() * 0.004,
  );
  run.add(
    'accuracy/train',
    step,
    Math.min(1, 1 - 0.35 * end - (0.88 - 0.35 * end) * fall + run.noise() * 0.02),
  );
  run.add(
    'learning_rate',
    step,
    rate * (0.5 + 0.5 * Math.cos((Math.PI * Math.min(step, 2000)) / 2000)),
  );
  if (step % 20 === 0) {
    run.add('loss/eval', step, loss + 0.04 + run.noise() * 0.03);
    run.add(
      'accuracy/eval',
      step,
      Math.min(1, 0.99 - 0.36 * end - (0.88 - 0.36 * end) * fall + run.noise() * 0.012),
    );
  }
}

export function histogramAt(run, tag, step, centre, width) {
  let points = run.histograms.get(tag);
  if (points === undefined) run.histograms.set(tag, (points = []));
  const buckets = [];
  for (let i = -16; i < 16; i++) {
    const x = (i + 0.5) / 5;
    const count = Math.round(900 * Math.exp(-x * x) * (0.85 + 0.3 * run.random()));
    if (count > 0) buckets.push([centre + (i * width) / 5, centre + ((i + 1) * width) / 5, count]);
  }
  points.push({step, wall_time_s: run.startS + step * 0.013, buckets});
}

const sweep = [
  ['mlp-128-32/lr1e-2', {end: 0.41, tau: 170, rate: 0.01}],
  ['mlp-128-32/lr3e-3', {end: 0.55, tau: 240, rate: 0.003}],
  ['mlp-256-64/lr1e-2', {end: 0.36, tau: 150, rate: 0.01}],
  ['mlp-256-64/lr3e-3', {end: 0.49, tau: 210, rate: 0.003}],
  ['cnn-small/seed0', {end: 0.12, tau: 110, rate: 0.01}],
  ['cnn-small/seed1', {end: 0.13, tau: 116, rate: 0.01}],
  ['baseline/linear', {end: 0.71, tau: 90, rate: 0.02}],
  ['mlp-128-32/crashed', {end: 0.98, tau: 300, rate: 0.05}],
];

/** Eight runs that are being trained, 2,000 steps in. */
export function sweepRuns(steps = 2000) {
  return sweep.map(([name, how], i) => {
    const run = new Run(name, i + 1, i < 6 ? 'live' : i === 6 ? 'finished' : 'failed');
    run.how = how;
    run.hparams = {
      lr: how.rate,
      'batch size': i % 2 === 0 ? 64 : 128,
      optimizer: i < 4 ? 'adam' : 'sgd',
      augment: i >= 4,
      seed: i % 3,
    };
    const last = i === 7 ? Math.floor(steps * 0.4) : steps;
    for (let step = 0; step < last; step++) trainStep(run, step, how);
    if (i === 7) {
      run.add('loss/train', last, Number.NaN);
      run.add('loss/train', last + 1, Number.NaN);
    }
    if (i < 3) {
      for (let step = 0; step < steps; step += 50) {
        histogramAt(run, 'hidden1/weights', step, 0, 0.03 + (step / steps) * 0.05);
        histogramAt(run, 'hidden2/activations', step, (step / steps) * 0.6, 0.2);
      }
    }
    return run;
  });
}

/** Names nobody should choose, and values nobody wants. */
export function hostileRuns() {
  const names = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '\u202Egnirts desrever',
    'تجربة/العربية',
    '实验/学习率=0.01',
    `very/${'long-'.repeat(60)}name`,
    'bad\uFFFDbytes (2)',
    '${7*7}{{7*7}}',
    '.',
  ];
  return names.map((name, i) => {
    const run = new Run(name, i + 1);
    for (let step = 0; step < 200; step++) {
      run.add('<img src=x onerror=alert(1)>/loss', step, i + Math.sin(step / 9));
      run.add(`${'deep/'.repeat(40)}tag`, step, step % 50 === 0 ? Infinity : step);
      run.add('all/nan', step, Number.NaN);
      run.add('all/equal', step, 5);
      run.add('spike', step, step === 100 ? 1e30 : 1 / (1 + step));
    }
    run.add('one/point', 0, -0.25);
    run.hparams = {'<b>lr</b>': i, '`tick`': 'x'.repeat(300)};
    run.histograms.set('<b>bold</b>', [
      {step: 0, wall_time_s: run.startS, buckets: [[0, 'Infinity', 3]]},
      {step: 1, wall_time_s: run.startS, buckets: []},
    ]);
    return run;
  });
}

/** `runs` × `tags` × `steps` of the same few curves. */
export function manyRuns(runs, tags, steps) {
  return Array.from({length: runs}, (_, r) => {
    const run = new Run(`group${r % 7}/run${r}`, r + 1);
    run.hparams = {lr: 10 ** -(1 + (r % 5)), seed: r};
    for (let t = 0; t < tags; t++) {
      for (let step = 0; step < steps; step++)
        run.add(
          `group_${t % 8}/metric_${t}`,
          step,
          Math.exp(-step / 300) + run.noise() * 0.1 + r / 50,
        );
    }
    return run;
  });
}

/** A job that broke twice and began again from a checkpoint, and one that logged falling steps. */
export function restartedRuns() {
  const broken = new Run('broken', 1);
  for (const [from, to] of [
    [0, 100],
    [60, 160],
    [130, 300],
  ]) {
    const series = broken.scalars.get('loss');
    if (series !== undefined) {
      series.older ??= new Set();
      series.steps.forEach((step, i) => step >= from && series.older.add(i));
    }
    for (let step = from; step < to; step++)
      broken.add('loss', step, Math.exp(-step / 80) + broken.noise() * 0.03 + from / 1000);
  }
  const careless = new Run('careless', 2);
  for (let epoch = 0; epoch < 3; epoch++)
    for (let step = 0; step < 50; step++)
      careless.add('loss', step, 1 / (1 + epoch + step / 25) + careless.noise() * 0.02);
  return [broken, careless];
}
