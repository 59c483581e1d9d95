import {expect, test} from 'vitest';
import {bucketsToCsv, bucketsToJson, toCsv, toJson} from './table_text';

const rows = [
  {tag: 't', run: 'a,"b"', step: 1, wallTimeS: 1.5, value: 0.1, smoothed: 0.2},
  {tag: '-x', run: '=1+1', step: 2, wallTimeS: 2.5, value: Number.NaN, smoothed: undefined},
];

test('CSV quotes what needs it and runs no formula', () => {
  expect(toCsv(rows)).toBe(
    'tag,run,step,wall_time_s,value,smoothed\r\nt,"a,""b""",1,1.5,0.1,0.2\r\n\'-x,\'=1+1,2,2.5,NaN,\r\n',
  );
});

test('JSON names the numbers that are none', () => {
  expect(JSON.parse(toJson(rows))).toEqual({
    points: [
      {tag: 't', run: 'a,"b"', step: 1, wall_time_s: 1.5, value: 0.1, smoothed: 0.2},
      {tag: '-x', run: '=1+1', step: 2, wall_time_s: 2.5, value: 'NaN'},
    ],
  });
});

test('buckets as files', () => {
  const row = {tag: '=h', run: 'a,b', step: 3, wallTimeS: 1.5, left: -Infinity, right: 1, count: 2};
  expect(bucketsToCsv([row])).toBe(
    'tag,run,step,wall_time_s,left,right,count\r\n\'=h,"a,b",3,1.5,-Infinity,1,2\r\n',
  );
  expect(JSON.parse(bucketsToJson([row]))).toEqual({
    buckets: [
      {tag: '=h', run: 'a,b', step: 3, wall_time_s: 1.5, left: '-Infinity', right: 1, count: 2},
    ],
  });
});
