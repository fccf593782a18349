/**
 * Builds the three pages of our own origin (the widget's frame, the console, the expert's page)
 * into `server/static/`. The manifest tells the size bench which chunks open with a page and which
 * come on demand. `vite.loader.config.ts` builds the loader afterwards into the same folder.
 */
import { defineConfig } from 'vite';

export default defineConfig({
  resolve: { tsconfigPaths: true },
  // The Content-Security-Policy allows no inline script and no data: URL.
  build: {
    target: 'es2022',
    outDir: '../server/static',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { widget: 'widget.html', console: 'console.html', expert: 'expert.html' },
    },
  },
});
