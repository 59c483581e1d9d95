// Installs the page's npm packages, unless those of this package-lock.json and this Node are there already.
//
//   node tools/npm_ci.mjs UI_FOLDER
//
// ./run and the build both call it. The stamp lies in node_modules, so that removing that removes it.
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';

const ui = resolve(process.argv[2] ?? 'ui');
const stamp = join(ui, 'node_modules', '.fanlight-complete');
const lock = readFileSync(join(ui, 'package-lock.json'));
const key = `${createHash('sha256').update(lock).digest('hex')} ${process.version}`;

function installed() {
  try {
    return readFileSync(stamp, 'utf8') === key;
  } catch {
    return false;
  }
}

if (!installed()) {
  console.log("installing the page's npm packages");
  const flags = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = spawnSync('npm', flags, {cwd: ui, stdio: ['ignore', 'inherit', 'inherit']});
  if (npm.error) console.error(`npm does not start: ${npm.error.message}`);
  if (npm.status !== 0) process.exit(1);
  writeFileSync(stamp, key);
}
