// `npm run dev -- [scenario] [port]`: the built page over invented logs that grow. Scenarios: sweep (default), young,
// hostile, empty, missing, loading, damaged, many, huge. Rebuild with `npx vite build --watch` beside it.

import {fileURLToPath} from 'node:url';
import {Fixture} from './fixture.mjs';

const [scenario = 'sweep', port = '6007'] = process.argv.slice(2);
const uiDir = fileURLToPath(new URL('../dist', import.meta.url));
const fixture = await new Fixture({scenario, uiDir}).listen(Number(port));
console.log(`${scenario}: ${fixture.url}`);
setInterval(() => fixture.grow(5), 500);
