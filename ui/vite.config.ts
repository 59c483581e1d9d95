import {defineConfig} from 'vitest/config';

// Relative addresses, so that the page works below any --path_prefix; nothing is inlined, because the
// policy allows no data: script or style.
export default defineConfig({
  base: './',
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: {polyfill: false},
    chunkSizeWarningLimit: 200,
    reportCompressedSize: false,
  },
  worker: {format: 'es'},
  test: {
    include: ['src/**/*.test.ts', 'dev/**/*.test.ts'],
    environment: 'node',
    testTimeout: 60_000, // A stalled machine is no failure.
  },
});
