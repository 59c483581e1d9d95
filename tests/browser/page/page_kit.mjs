// What journeys over invented logs share.

import {fileURLToPath} from 'node:url';
import {windowOf} from '../../../ui/dev/columns.mjs';
import {Fixture} from '../../../ui/dev/fixture.mjs';

export const uiDir = fileURLToPath(new URL('../../../ui/dist', import.meta.url));

/** A server with invented logs that ends with the journey. */
export async function on(kit, scenario = 'sweep') {
  const fixture = await new Fixture({scenario, uiDir}).listen();
  kit.onEnd(() => fixture.close());
  return fixture;
}

/** The bodies of the requests for columns so far. */
export function columnRequests(fixture) {
  return fixture.requests
    .filter(([, path]) => path === '/api/v1/columns')
    .map(([, , body]) => JSON.parse(body));
}

export const runNames = (page) =>
  page.$$eval('[data-testid=run] .fl-run-name', (names) => names.map((n) => n.textContent));

/** Points that the chart of `tag` must hold when the runs that `keep` names are drawn. */
export function pointsOf(fixture, tag, keep) {
  const request = columnRequests(fixture).find((r) => r.width > 1);
  return fixture.runs
    .filter((run) => keep(run.name))
    .reduce((n, run) => n + windowOf(run, tag, request).rows.length, 0);
}
