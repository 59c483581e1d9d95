import {expect, test} from 'vitest';
import {decodePackedHistograms} from './packed_histograms';

class Bytes {
  private readonly bytes: number[] = [...'FLC2'].map((c) => c.charCodeAt(0));

  constructor() {
    this.bytes.push(7, 0, 0, 0, 0, 0, 0, 0);
  }
  varints(...values: number[]): this {
    this.bytes.push(...values);
    return this;
  }
  column(...values: number[]): this {
    this.bytes.push(0, ...new Uint8Array(Float64Array.from(values).buffer));
    return this;
  }
  buffer(): ArrayBuffer {
    return Uint8Array.from(this.bytes).buffer;
  }
}

const request = {bins: 2, percentiles: false, buckets: true};

function whole(): Bytes {
  return new Bytes()
    .varints(2, 0, 2)
    .column(-1, 1)
    .varints(2, 9, 3, 1, 2)
    .column(0, 5)
    .column(1.5, 2.5)
    .column(4, 6)
    .column(0, 1)
    .column(1, 3, 2, 3)
    .column(1, 0)
    .varints(1)
    .column(-1)
    .column(1)
    .column(4)
    .varints(1);
}

test('series on shared bins, one of them unknown', () => {
  const answer = decodePackedHistograms(whole().buffer(), request);
  expect(answer.change).toBe(7);
  expect(answer.range).toEqual({lo: -1, hi: 1});
  const [known, unknown] = answer.series;
  expect(known?.isDecimated).toBe(true);
  expect([known?.total, known?.inWindow, known?.unreadable]).toEqual([9, 3, 1]);
  expect([...(known?.counts ?? [])]).toEqual([1, 3, 2, 3]);
  expect([...(known?.buckets?.starts ?? [])]).toEqual([0, 1, 1]);
  expect([...(known?.buckets?.counts ?? [])]).toEqual([4]);
  expect(unknown?.isFound).toBe(false);
  expect(unknown?.steps.length).toBe(0);
});

test('without a range there are no counts', () => {
  const bytes = new Bytes().varints(1, 0, 0).column().varints(0, 1, 1, 0, 1);
  const answer = decodePackedHistograms(bytes.column(3).column(1).column(0).buffer(), {
    ...request,
    buckets: false,
  });
  expect(answer.range).toBeUndefined();
  expect(answer.bins).toBe(0);
  expect(answer.series[0]?.counts.length).toBe(0);
});

test('an answer that is cut anywhere is refused', () => {
  const bytes = new Uint8Array(whole().buffer());
  for (let n = 0; n < bytes.length; n++)
    expect(() => decodePackedHistograms(bytes.slice(0, n).buffer, request)).toThrow('columns');
});
