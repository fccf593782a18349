/**
 * Builds the player: the page that shows a shopper's page to staff, on an origin of its own.
 *
 * Its files lie in a folder of their own (`server/static/player/`), so that the policy of its page
 * can allow scripts from there and from nowhere else.
 */
import { defineConfig } from 'vite';
import { pages } from './vite.pages';

const shared = pages(['player'], false);

export default defineConfig({ ...shared, build: { ...shared.build, assetsDir: 'player' } });
