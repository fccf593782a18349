/**
 * Builds co-browsing's part on the shop's page: a module under a name that never changes, which
 * the loader imports, and the recorder as a chunk that is fetched after consent. Both come from our
 * origin into a page of another one: chunks are found by where the module came from (`base`).
 */
import { defineConfig } from 'vite';
import { noPreload } from './vite.preload.ts';

export default defineConfig({
  base: './',
  plugins: [noPreload()],
  resolve: { tsconfigPaths: true },
  publicDir: false,
  build: {
    target: 'es2022',
    outDir: '../server/static',
    emptyOutDir: false, // the pages are already there
    manifest: '.vite/page.json',
    modulePreload: false,
    rolldownOptions: {
      input: { cobrowse: 'src/cobrowse/page/main.ts' },
      // The loader calls `start`. What a later chunk shares with the entry it takes from there, so
      // that the entry is one request.
      preserveEntrySignatures: 'allow-extension',
      output: {
        entryFileNames: 'page/[name].js',
        chunkFileNames: 'page/[name]-[hash].js',
        // The recorder shares these names with the masker, which has come before it.
        codeSplitting: { groups: [{ name: 'mask', test: /@rrweb\/types|page\/mask/ }] },
      },
    },
  },
});
