/** Builds the recorder and the sanitizer for the tests of what leaves a page; it is never shipped. */
import { defineConfig } from 'vite';

export default defineConfig({
  root: new URL('.', import.meta.url).pathname,
  base: '/harness/',
  resolve: { alias: { '@': new URL('../../src', import.meta.url).pathname } },
  build: {
    target: 'es2022',
    outDir: '../../dist/cobrowse-under-test',
    emptyOutDir: true,
    modulePreload: false,
    rolldownOptions: {
      input: new URL('harness.ts', import.meta.url).pathname,
      preserveEntrySignatures: 'strict',
      output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
    },
  },
});
