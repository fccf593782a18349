/**
 * Builds the loader: one classic script under a name that never changes, because shops paste its
 * address into their pages. It has no framework and no imports at run time.
 */
import { defineConfig } from 'vite';

export default defineConfig({
  resolve: { tsconfigPaths: true },
  publicDir: false,
  build: {
    target: 'es2020',
    outDir: '../server/static',
    emptyOutDir: false, // the pages are already there
    rolldownOptions: {
      input: 'src/loader/loader.ts',
      output: { format: 'iife', entryFileNames: 'loader.js' },
    },
  },
});
