/** How the pages of our own origin are built into `server/static/`. */
import type { UserConfig } from 'vite';

/**
 * Returns the configuration that builds `names`, each from `<name>.html`.
 *
 * What is built together shares chunks, and a shared chunk holds what any of the pages uses. The
 * widget opens on other people's pages and is counted in kilobytes, so it is built alone.
 * The manifest `.vite/<first name>.json` tells the size bench what opens with a page.
 */
export function pages(names: readonly [string, ...string[]], empty: boolean): UserConfig {
  return {
    resolve: { tsconfigPaths: true },
    build: {
      target: 'es2022',
      outDir: '../server/static',
      emptyOutDir: empty,
      assetsInlineLimit: 0, // the Content-Security-Policy allows no data: URL
      manifest: `.vite/${names[0]}.json`,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: Object.fromEntries(names.map((name) => [name, `${name}.html`])),
      },
    },
  };
}
