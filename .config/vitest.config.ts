import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/cluster/**', 'test/browser/**', 'test/prometheus/**'],
    isolate: false,
    // End-to-end tests mostly wait, so more of them than cores can run side by side.
    maxWorkers: 5,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    reporters: ['default', './.config/closing-line-reporter.ts'],
  },
});
