/** Builds the console and the expert's page. The first of three builds: it empties the folder. */
import { defineConfig } from 'vite';
import { pages } from './vite.pages';

export default defineConfig(pages(['console', 'expert'], true));
