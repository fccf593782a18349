/** Builds the page with the call part alone, for the end-to-end tests; it is never shipped. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/call-under-test/',
  resolve: { alias: { '@': fileURLToPath(new URL('../../src', import.meta.url)) } },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { target: 'es2022', outDir: '../../dist/call-under-test', emptyOutDir: true },
});
