/**
 * Replaces Vite's helper for lazy parts, which the widget's budget has no room for: half a
 * kilobyte of it preloads scripts, for browsers and settings that we do not have. What is left
 * is to put a part's styles in place before its code runs.
 */
import type { Plugin } from 'vite';

const HELPER = '\0vite/preload-helper.js'; // Vite's own name for it

const CODE = `
const placed = new Map();

function place(href) {
  if (!placed.has(href)) {
    placed.set(href, new Promise((resolve, reject) => {
      const link = document.createElement('link');
      link.rel = 'stylesheet';
      link.href = href;
      link.onload = resolve;
      link.onerror = () => {
        placed.delete(href);
        link.remove();
        reject(new Error(href));
      };
      document.head.append(link);
    }));
  }
  return placed.get(href);
}

export const __vitePreload = (load, files = []) =>
  Promise.all(files.filter((file) => file.endsWith('.css')).map((file) => place('/' + file))).then(load);
`;

export function smallPreload(): Plugin {
  return instead(CODE);
}

/** For a build whose lazy parts have no styles of their own. */
export function noPreload(): Plugin {
  return instead('export const __vitePreload = (load) => load();');
}

function instead(code: string): Plugin {
  return {
    name: 'tiski:small-preload',
    enforce: 'pre',
    load: (id) => (id === HELPER ? code : null),
  };
}
