// How the README's pictures are taken: `cargo xtask screenshots` builds what they show and starts this.

import tests from './playwright.config.ts';
import { defineConfig } from '@playwright/test';

export default defineConfig({
  ...tests,
  testDir: 'pictures',
  workers: 1,
  timeout: 120_000,
  reporter: 'list',
});
