/** Builds the page in the frame on a shop's page. */
import { defineConfig } from 'vite';
import { pages } from './vite.pages';

export default defineConfig(pages(['widget'], false));
