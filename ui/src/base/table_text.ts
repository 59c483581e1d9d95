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

export function toJson(rows: readonly PointRow[]): string {
  const number = (v: number | undefined): number | string | undefined =>
    v === undefined || Number.isFinite(v) ? v : String(v);
  const points = rows.map((row) => ({
    tag: row.tag,
    run: row.run,
    step: row.step,
    wall_time_s: row.wallTimeS,
    value: number(row.value),
    smoothed: number(row.smoothed),
  }));
  return JSON.stringify({points}, undefined, 1);
}
