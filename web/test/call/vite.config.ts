/** Builds the page with the call part alone, for the end-to-end tests; it is never shipped. */
import { defineConfig } from 'vite';

export default defineConfig({
  root: new URL('.', import.meta.url).pathname,
  base: '/call-under-test/',
  resolve: { alias: { '@': new URL('../../src', import.meta.url).pathname } },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { target: 'es2022', outDir: '../../dist/call-under-test', emptyOutDir: true },
});
