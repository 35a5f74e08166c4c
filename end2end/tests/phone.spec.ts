// The chat in a hand: one pane at a time, and nothing that is too small to hit or to read.

import { expect, test } from '../support/fixtures.ts';
import { freshName, signUp } from '../support/members.ts';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };

test('the people come over the room with the focus, and give it back', async ({ enter }) => {
  const { page, people } = await enter('general', PHONE);
  const [show, hide] = [page.getByRole('button', { name: /here$/ }), page.getByRole('button', { name: 'Hide people' })];

  await show.tap();
  await expect(people).toBeVisible();
  await expect(hide).toBeFocused();
  await hide.tap();
  await expect(people).toBeHidden();
  await expect(show).toBeFocused();

  // Who only reads has no composer to go to.
  await page.goto('/r/help');
  await expect(page.getByRole('button', { name: 'Join to talk' })).toBeVisible();
  await page.getByRole('button', { name: /People|here$/ }).tap();
  await expect(hide).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(people).toBeHidden();
  await expect(page.getByRole('button', { name: /People|here$/ })).toBeFocused();
});

test('no field is so small that a phone zooms in on it', async ({ openPage }) => {
  const page = await openPage(PHONE);
  const sizes = () =>
    page.locator('input:visible:not([type=checkbox], [type=radio]), textarea:visible, select:visible').evaluateAll((fields) =>
      fields.map((it) => parseFloat(getComputedStyle(it).fontSize)),
    );
  const large = async (path: string) => {
    await page.goto(path);
    await expect.poll(async () => (await sizes()).length, path).toBeGreaterThan(0);
    for (const size of await sizes()) expect(size, path).toBeGreaterThanOrEqual(16);
  };

  for (const path of ['/sign-up', '/sign-in', '/reset']) await large(path);
  await signUp(page, freshName('Ada'));
  for (const path of ['/account', '/account/delete', '/r/general', '/rooms', '/search']) await large(path);
});
