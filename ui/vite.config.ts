import {defineConfig} from 'vitest/config';

interface Modules {
  getModuleInfo(id: string): {readonly importedIds: readonly string[]} | null;
}

const entry = /src\/app\/main\.tsx$/;
const first = new Set<string>();

/** What the first chart needs is one file: browsers fetch six at a time, and data are among them. */
function chunkOf(id: string, modules: Modules): string | null {
  if (entry.test(id)) {
    const todo = [id];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      if (first.has(next)) continue;
      first.add(next);
      todo.push(...(modules.getModuleInfo(next)?.importedIds ?? []));
    }
  }
  return first.has(id) ? 'page' : null;
}

// Relative addresses, so that the page works below any --path_prefix; nothing is inlined, because the
// policy allows no data: script or style.
export default defineConfig({
  base: './',
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: {polyfill: false},
    chunkSizeWarningLimit: 300,
    reportCompressedSize: false,
    rolldownOptions: {output: {codeSplitting: {groups: [{name: chunkOf}]}}},
  },
  worker: {format: 'es'},
  test: {
    include: ['src/**/*.test.ts', 'dev/**/*.test.ts'],
    environment: 'node',
    testTimeout: 60_000, // A stalled machine is no failure.
  },
});
