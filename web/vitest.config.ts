/** Unit tests of the parts that know no DOM; what needs a page is tested in real Chromium (`tests/e2e`). */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    passWithNoTests: true,
    css: true, // contrast.test.ts reads the tokens
  },
});
