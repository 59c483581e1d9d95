// Packs a built page for embedding: every file compressed with brotli and gzip, one after the other in one blob, and the
// C++ table that says where each lies.
//
//   node pack_assets.mjs DIST BLOB TABLE.cc
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join, relative, sep} from 'node:path';
import {brotliCompressSync, constants, gzipSync} from 'node:zlib';

const [dist, blobPath, tablePath] = process.argv.slice(2);
if (tablePath === undefined) {
  console.error('usage: pack_assets.mjs DIST BLOB TABLE.cc');
  process.exit(2);
}

const files = readdirSync(dist, {recursive: true, withFileTypes: true})
  .filter((entry) => entry.isFile() && !entry.name.endsWith('.map'))
  .map((entry) => relative(dist, join(entry.parentPath ?? entry.path, entry.name)).split(sep).join('/'));
const paths = files.map((file) => `/${file}`).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

const pieces = [];
let offset = 0;
const place = (bytes) => {
  const at = offset;
  pieces.push(bytes);
  offset += bytes.length;
  return `std::string_view(fanlight_assets + ${at}, ${bytes.length})`;
};
const rows = paths.map((path) => {
  const plain = readFileSync(join(dist, path));
  const brotli = brotliCompressSync(plain, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 22,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  });
  const gzip = gzipSync(plain, {level: 9});
  const etag = createHash('sha256').update(plain).digest('hex').slice(0, 20);
  // Vite writes hashed names below assets/: name-HASH.ending.
  const isImmutable = /^\/assets\/.*-[\w-]{8}\.\w+$/.test(path);
  return `    {${JSON.stringify(path)}, "\\"${etag}\\"", ${place(brotli)},\n     ${place(gzip)}, ${plain.length}, ${isImmutable}},`;
});

writeFileSync(blobPath, Buffer.concat(pieces));
writeFileSync(
  tablePath,
  `// Written by cmake/pack_assets.mjs.
#include "fanlight/board/http/assets.h"

extern "C" const char fanlight_assets[];

namespace fanlight::http {

std::span<const Asset> EmbeddedAssets() {
  static const Asset kAssets[] = {
${rows.join('\n')}
  };
  return kAssets;
}

}  // namespace fanlight::http
`,
);
