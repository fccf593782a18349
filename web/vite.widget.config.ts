/** Builds the page in the frame on a shop's page. */
import { defineConfig } from 'vite';
import { pages } from './vite.pages';
import { smallPreload } from './vite.preload';

export default defineConfig({ ...pages(['widget'], false), plugins: [smallPreload()] });
