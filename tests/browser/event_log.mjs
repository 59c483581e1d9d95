// Writes an event file, record by record, as a training program does: docs/formats/tfrecord.md.

import {open} from 'node:fs/promises';

const table = Uint32Array.from({length: 256}, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
  return c;
});

/** CRC32C, rotated and shifted as records have it. */
function maskedCrc(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 255] ^ (crc >>> 8);
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function record(payload) {
  const framed = Buffer.alloc(16 + payload.length);
  framed.writeBigUInt64LE(BigInt(payload.length), 0);
  framed.writeUInt32LE(maskedCrc(framed.subarray(0, 8)), 8);
  payload.copy(framed, 12);
  framed.writeUInt32LE(maskedCrc(payload), 12 + payload.length);
  return framed;
}

function varint(v) {
  const bytes = [];
  for (; v >= 128; v = Math.floor(v / 128)) bytes.push((v % 128) | 128);
  return Buffer.from([...bytes, v]);
}

export const field = (number, bytes) =>
  Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);

function double(number, v) {
  const bytes = Buffer.alloc(9);
  bytes[0] = number * 8 + 1;
  bytes.writeDoubleLE(v, 1);
  return bytes;
}

function float(number, v) {
  const bytes = Buffer.alloc(5);
  bytes[0] = number * 8 + 5;
  bytes.writeFloatLE(v, 1);
  return bytes;
}

export class EventLog {
  static async create(path) {
    const log = new EventLog();
    log.file = await open(path, 'w');
    await log.file.write(
      record(Buffer.concat([double(1, Date.now() / 1000), field(3, Buffer.from('brain.Event:2'))])),
    );
    return log;
  }

  /** When it returns the bytes are in the file. */
  async event(step, content) {
    await this.file.write(
      record(
        Buffer.concat([double(1, Date.now() / 1000), Buffer.from([16]), varint(step), content]),
      ),
    );
  }

  async scalar(tag, step, value) {
    const summary = field(1, Buffer.concat([field(1, Buffer.from(tag)), float(2, value)]));
    await this.event(step, field(5, summary));
  }

  /** `limits`: the right edges of the buckets. */
  async histogram(tag, step, limits, counts) {
    const doubles = (list) => Buffer.from(Float64Array.from(list).buffer);
    const histo = Buffer.concat([
      double(1, limits[0] ?? 0),
      double(2, limits.at(-1) ?? 0),
      field(6, doubles(limits)),
      field(7, doubles(counts)),
    ]);
    const value = Buffer.concat([field(1, Buffer.from(tag)), field(5, histo)]);
    await this.event(step, field(5, field(1, value)));
  }

  /** The bytes of a GraphDef, whatever they are. */
  async graph(bytes) {
    await this.event(0, field(4, bytes));
  }

  /** What the nodes of a graph took: rows of device, node, start and duration in microseconds. */
  async runMetadata(tag, rows) {
    const number = (n, v) => Buffer.concat([varint(n * 8), varint(v)]);
    const devices = rows.map(([device, node, start, took]) => {
      const entry = Buffer.concat([field(1, Buffer.from(node)), number(2, start), number(5, took)]);
      return field(1, Buffer.concat([field(1, Buffer.from(device)), field(2, entry)]));
    });
    const metadata = field(1, Buffer.concat(devices));
    await this.event(0, field(8, Buffer.concat([field(1, Buffer.from(tag)), field(2, metadata)])));
  }

  async close() {
    await this.file.close();
  }
}
