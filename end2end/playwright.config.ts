// How the tests run. `cargo xtask test --only e2e` builds what they drive and starts them.

import { defineConfig } from '@playwright/test';

/** A Chromium of this machine; without it Playwright takes its own. */
const chromium = process.env['HUBBUB_CHROMIUM'];

/** What a part that is run whole leaves out all the same, as it is another's. */
const OF_OTHERS: Record<string, RegExp> = { e2e: /@silence/, stack: /@full/ };
/** What takes long is run by nobody else. */
const leftOut = OF_OTHERS[process.env['HUBBUB_FULL'] ?? ''] ?? /@full|@silence/;

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  grepInvert: leftOut,
  workers: 2,
  // What passes only when repeated has failed.
  retries: 0,
  timeout: 30_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['json', { outputFile: process.env['HUBBUB_REPORT'] ?? 'test-results/report.json' }]],
  use: {
    browserName: 'chromium',
    locale: 'en-GB',
    // Traces take half of the time: `npx playwright test --trace on` makes them.
    trace: 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(chromium ? { executablePath: chromium } : {}),
      args: [
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
