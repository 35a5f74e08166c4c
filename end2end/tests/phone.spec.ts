// The chat in a hand: one pane at a time, and nothing that is too small to hit or to read.

import { Chat } from '../support/chat.ts';
import { expect, test } from '../support/fixtures.ts';
import { freshName, signUp } from '../support/members.ts';
import { freshWord, Searching } from '../support/searching.ts';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };
const SMALL = { viewport: { width: 320, height: 568 }, hasTouch: true };

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

test('from a room the search is one tap away, and everything in the head of a room has its place', async ({ openPage }) => {
  const page = await openPage(SMALL);
  await signUp(page, freshName('Ada'));
  const chat = new Chat(page);
  await chat.open();
  await chat.createRoom('A room that is called by more words than fit', 'And what it is about does not fit either');
  const word = freshWord();
  await chat.say(`Somebody said ${word}`);
  await expect(chat.drafts).toHaveCount(0);

  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(sideways).toBeLessThanOrEqual(0);
  const header = page.locator('.room__header');
  const boxes = await header.locator(':scope > *').evaluateAll((all) => all.map((it) => it.getBoundingClientRect().toJSON() as DOMRect));
  expect(boxes).toHaveLength(5);
  boxes.forEach((box, at) => expect(box.left).toBeGreaterThanOrEqual(boxes[at - 1]?.right ?? 0));
  expect(boxes.at(-1)?.right).toBeLessThanOrEqual(SMALL.viewport.width);
  expect((await chat.heading.boundingBox())?.width).toBeGreaterThan(60);
  const search = page.getByRole('link', { name: 'Search' });
  const target = await search.boundingBox();
  expect([target?.width, target?.height]).toEqual([44, 44]);

  await search.tap();
  const searching = new Searching(page);
  await expect(searching.box).toBeFocused();
  await searching.find(word);
});
