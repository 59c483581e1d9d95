// Invented images: blobs that come into focus while a run is trained, as PNG files.

import {crc32, deflateSync} from 'node:zlib';
import {random, sweepRuns} from './logs.mjs';

const side = 28;

/** A grey picture of `side` × `side`; `pixel` gives 0 to 255 for each place. */
export function png(pixel) {
  const rows = Buffer.alloc(side * (side + 1)); // Each row begins with its filter, none.
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) rows[y * (side + 1) + 1 + x] = pixel(x, y);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 8; // Bits; the colour type after it is grey.
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** What `run` drew at `step`: a ring, the clearer the later. */
function sampleAt(seed, step, sample) {
  const noise = random(seed * 977 + step * 31 + sample);
  const clear = 1 - Math.exp(-step / 600);
  const radius = 6 + 2 * sample;
  return png((x, y) => {
    const away = Math.abs(Math.hypot(x - 13.5, y - 13.5) - radius);
    const ink = 255 * Math.exp(-away * away * 0.4);
    return Math.round(clear * ink + (1 - clear) * 255 * noise());
  });
}

/** The sweep, of which two runs log what they draw. */
export function imageRuns() {
  const runs = sweepRuns();
  for (const i of [0, 4]) {
    runs[i].images = new Map([
      ['samples/rings', [0, 500, 1000, 1500, 1900].map((step) => ({step}))],
    ]);
  }
  return runs;
}

const samples = 3;

export function imageList(run, tag) {
  const points = run?.images?.get(tag);
  return points === undefined
    ? undefined
    : {
        steps: points.map((p) => p.step),
        wall_times_s: points.map((p) => run.startS + p.step * 0.013),
        samples: points.map(() => samples),
      };
}

export function imageBytes(run, query) {
  return sampleAt(run.startS % 100, Number(query.get('step')), Number(query.get('sample')));
}
