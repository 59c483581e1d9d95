// Charts' points as files: CSV by RFC 4180, and JSON.

export interface PointRow {
  readonly tag: string;
  readonly run: string;
  readonly step: number;
  readonly wallTimeS: number;
  readonly value: number;
  readonly smoothed: number | undefined;
}

// A spreadsheet would run a cell that begins with one of these as a formula.
const formulaStart = /^[=+\-@\t\r]/;

function csvText(text: string): string {
  const safe = formulaStart.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function toCsv(rows: readonly PointRow[]): string {
  const hasSmoothed = rows.some((row) => row.smoothed !== undefined);
  const head = `tag,run,step,wall_time_s,value${hasSmoothed ? ',smoothed' : ''}`;
  const lines = rows.map((row) => {
    const smoothed = hasSmoothed ? `,${row.smoothed ?? ''}` : '';
    return `${csvText(row.tag)},${csvText(row.run)},${row.step},${row.wallTimeS},${row.value}${smoothed}`;
  });
  return [head, ...lines, ''].join('\r\n');
}

/** A bucket of a histogram, as it was logged. */
export interface BucketRow {
  readonly tag: string;
  readonly run: string;
  readonly step: number;
  readonly wallTimeS: number;
  readonly left: number;
  readonly right: number;
  readonly count: number;
}

export function bucketsToCsv(rows: readonly BucketRow[]): string {
  const lines = rows.map(
    (row) =>
      `${csvText(row.tag)},${csvText(row.run)},${row.step},${row.wallTimeS},${row.left},${row.right},${row.count}`,
  );
  return ['tag,run,step,wall_time_s,left,right,count', ...lines, ''].join('\r\n');
}

export function bucketsToJson(rows: readonly BucketRow[]): string {
  const buckets = rows.map((row) => ({
    tag: row.tag,
    run: row.run,
    step: row.step,
    wall_time_s: row.wallTimeS,
    left: jsonNumber(row.left),
    right: jsonNumber(row.right),
    count: jsonNumber(row.count),
  }));
  return JSON.stringify({buckets}, undefined, 1);
}

function jsonNumber(v: number | undefined): number | string | undefined {
  return v === undefined || Number.isFinite(v) ? v : String(v);
}

export function toJson(rows: readonly PointRow[]): string {
  const points = rows.map((row) => ({
    tag: row.tag,
    run: row.run,
    step: row.step,
    wall_time_s: row.wallTimeS,
    value: jsonNumber(row.value),
    smoothed: jsonNumber(row.smoothed),
  }));
  return JSON.stringify({points}, undefined, 1);
}
