// The least that must be true before anything else is tried.

import { NETWORK } from '../support/complaints.ts';
import { expect, test } from '../support/fixtures.ts';

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the page arrives with its room', async ({ page }) => {
    await page.goto('/');

    await expect(page).toHaveURL(/\/r\/general$/);
    await expect(page.getByRole('heading', { level: 1, name: 'general' })).toBeVisible();
  });
});

test('the page comes alive under its own policy, without a complaint', async ({ page }) => {
  const response = await page.goto('/');
  const policy = response?.headers()['content-security-policy'] ?? '';

  await expect(page.getByRole('heading', { level: 1, name: 'general' })).toBeVisible();
  await expect(page.locator('body')).toHaveCSS('margin', '0px');
  await page.waitForFunction(() => performance.getEntriesByType('resource').some((it) => it.name.endsWith('.wasm')));
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toContain('unsafe-inline');
});

test('a server that was killed serves the same address again', async ({ enter, server, complaints }) => {
  complaints.expect(NETWORK);
  const { page, heading } = await enter();

  await server.kill();
  await expect(page.goto('/r/general')).rejects.toThrow(/ERR_CONNECTION_REFUSED/);
  // The browser goes on to a page of its own that says so.
  await page.waitForURL(/^chrome-error:/);
  await server.restart();
  await page.goto('/r/general');

  await expect(heading).toHaveText('General');
});
