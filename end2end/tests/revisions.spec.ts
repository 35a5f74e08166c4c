// Mending and taking back what one wrote.


import type { Locator } from '@playwright/test';

import { Chat } from '../support/chat.ts';
import { NETWORK } from '../support/complaints.ts';
import { expect, test } from '../support/fixtures.ts';
import { Gate } from '../support/gate.ts';
import { comeTo, pair } from '../support/together.ts';

test.describe.configure({ timeout: 60_000 });

const BACK = { timeout: 20_000 };

test('one’s own message is edited, which everybody sees, with the time', async ({ enter }) => {
  const { ada, bo } = await pair(enter);
  await ada.chat.say('I bring the mpas');

  await tool(ada.chat, 'I bring the mpas', 'Edit');
  await expect(editor(ada.chat)).toHaveValue('I bring the mpas');
  await expect(editor(ada.chat)).toBeFocused();
  await editor(ada.chat).fill('I bring the maps');
  await editor(ada.chat).press('Enter');

  for (const { chat } of [ada, bo]) {
    await expect(chat.message('I bring the maps')).toContainText(/edited \d\d:\d\d/);
    await expect(chat.messages).toHaveCount(1);
  }
  await expect(ada.chat.composer).toHaveValue('');
  await bo.chat.reload();
  await expect(bo.chat.message('I bring the maps')).toContainText(/edited \d\d:\d\d/);
});

test('the arrow up edits the last message, and Escape gives everything back', async ({ enter }) => {
  const { ada } = await pair(enter);
  await ada.chat.say('First');
  await ada.chat.say('Second');
  await expect(ada.chat.drafts).toHaveCount(0);

  await ada.chat.composer.press('ArrowUp');
  await expect(editor(ada.chat)).toHaveValue('Second');
  await editor(ada.chat).fill('Something else');
  await editor(ada.chat).press('Escape');
  await expect(ada.chat.composer).toHaveValue('');
  await expect.poll(() => ada.chat.texts()).toEqual(['First', 'Second']);

  // With something written it is an arrow like any other; what was written is there again after an edit.
  await ada.chat.composer.fill('Half a thought');
  await ada.chat.composer.press('ArrowUp');
  await expect(ada.chat.composer).toHaveValue('Half a thought');
  await tool(ada.chat, 'First', 'Edit');
  await editor(ada.chat).fill('The first');
  await editor(ada.chat).press('Enter');
  await expect.poll(() => ada.chat.texts()).toEqual(['The first', 'Second']);
  await expect(ada.chat.composer).toHaveValue('Half a thought');
});

test('one’s own message is deleted after a question, and leaves its place', async ({ enter }) => {
  const { ada, bo } = await pair(enter);
  for (const text of ['Before', 'A slip of the tongue', 'After']) await ada.chat.say(text);
  await expect(bo.chat.message('After')).toBeVisible();

  await tool(ada.chat, 'A slip of the tongue', 'Delete');
  await ada.chat.page.getByRole('button', { name: 'Keep' }).click();
  await expect(ada.chat.message('A slip of the tongue')).toBeVisible();
  await tool(ada.chat, 'A slip of the tongue', 'Delete');
  await confirm(ada.chat);

  for (const { chat } of [ada, bo]) {
    await expect(chat.messages).toHaveCount(3);
    await expect(chat.messages.nth(1)).toContainText('This message was deleted.');
    await expect.poll(() => chat.texts()).toEqual(['Before', 'After']);
  }
  await expect(ada.chat.messages.nth(1).getByRole('button')).toHaveCount(0);
});

test('the question whether to delete takes the focus and gives it back, and Escape keeps the message', async ({ enter }) => {
  const { ada } = await pair(enter);
  const { page } = ada.chat;
  await ada.chat.say('Think twice');
  await expect(ada.chat.drafts).toHaveCount(0);
  const [keep, again] = [page.getByRole('button', { name: 'Keep' }), ada.chat.message('Think twice').getByRole('button', { name: 'Delete' })];

  await tool(ada.chat, 'Think twice', 'Delete');
  await expect(keep).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(keep).toHaveCount(0);
  await expect(again).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(keep).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(again).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(keep).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');

  await expect(ada.chat.messages.first()).toContainText('This message was deleted.');
  await expect(ada.chat.timeline).toBeFocused();
});

test('who is asked whether to delete is still asked when somebody comes in', async ({ enter }) => {
  const { room, ada } = await pair(enter);
  await ada.chat.say('Not this');
  await tool(ada.chat, 'Not this', 'Delete');
  const keep = ada.chat.messages.getByRole('button', { name: 'Keep' });
  await keep.focus();

  const cy = await comeTo(enter, room);

  await expect(ada.chat.messages.last()).toContainText(`${cy.name} came`);
  await expect(keep).toBeFocused();
  await confirm(ada.chat);
  await expect(ada.chat.messages.first()).toContainText('This message was deleted.');
});

test('what others wrote, and what a visitor reads, has no tools', async ({ enter, openPage }) => {
  const { room, ada, bo } = await pair(enter);
  await ada.chat.say('Mine');

  await bo.chat.message('Mine').hover();
  await expect(bo.chat.message('Mine').getByRole('button')).toHaveCount(0);
  await bo.chat.composer.press('ArrowUp');
  await expect(bo.chat.composer).toHaveValue('');
  const visitor = new Chat(await openPage());
  await visitor.page.goto(`/r/${room}`);
  await expect(visitor.message('Mine')).toBeVisible();
  await expect(visitor.message('Mine').getByRole('button')).toHaveCount(0);
});

test('who was away finds what was edited and deleted meanwhile', async ({ enter, complaints }) => {
  complaints.expect(NETWORK);
  const { ada, bo } = await pair(enter);
  for (const text of ['One', 'Two', 'Three']) await ada.chat.say(text);
  await expect(bo.chat.message('Three')).toBeVisible();
  await bo.chat.page.context().setOffline(true);
  await expect(bo.chat.banner).toContainText("You're offline.");

  await tool(ada.chat, 'One', 'Edit');
  await editor(ada.chat).fill('The one');
  await editor(ada.chat).press('Enter');
  await tool(ada.chat, 'Two', 'Delete');
  await confirm(ada.chat);
  await expect.poll(() => ada.chat.texts()).toEqual(['The one', 'Three']);
  await expect(bo.chat.message('Two')).toBeVisible();
  await bo.chat.page.context().setOffline(false);

  await expect(bo.chat.banner).toHaveText('', BACK);
  await expect.poll(() => bo.chat.texts(), BACK).toEqual(['The one', 'Three']);
  await expect(bo.chat.messages).toHaveCount(3);
});

test('of two edits at once the first stands, and the other keeps its text', async ({ enter }) => {
  const { ada } = await pair(enter);
  await ada.chat.say('Tea at four');
  const other = new Chat(await ada.chat.page.context().newPage());
  await other.open(new URL(ada.chat.page.url()).pathname.slice('/r/'.length));
  for (const chat of [ada.chat, other]) await tool(chat, 'Tea at four', 'Edit');

  await editor(ada.chat).fill('Tea at five');
  await editor(ada.chat).press('Enter');
  await expect(other.message('Tea at five')).toBeVisible();
  await editor(other).fill('Tea at six');
  await editor(other).press('Enter');

  await expect(other.page.getByRole('alert')).toContainText('It was edited elsewhere meanwhile.');
  await expect(editor(other)).toHaveValue('Tea at six');
  await expect(ada.chat.message('Tea at five')).toBeVisible();
  await editor(other).press('Enter');
  await expect(ada.chat.message('Tea at six')).toBeVisible();
});

test('without a connection an edit is refused and its text kept', async ({ enter, complaints }) => {
  complaints.expect(NETWORK);
  const { ada } = await pair(enter);
  const gate = await Gate.before(ada.chat.page);
  await ada.chat.reload();
  await ada.chat.say('Helo');
  await tool(ada.chat, 'Helo', 'Edit');
  await editor(ada.chat).fill('Hello');
  await gate.shut();
  await expect(ada.chat.banner).toContainText('Reconnecting…');

  await editor(ada.chat).press('Enter');
  await expect(ada.chat.page.getByRole('alert').filter({ hasText: 'Nothing was lost' })).toBeVisible();
  await expect(editor(ada.chat)).toHaveValue('Hello');
  await gate.open();
  await expect(ada.chat.banner).toHaveText('', BACK);
  await editor(ada.chat).press('Enter');

  await expect(ada.chat.message('Hello')).toBeVisible();
});

test('a deleted text is in no file of the server and in no store of a browser', async ({ enter, server }) => {
  const { ada, bo } = await pair(enter);
  const secret = `the door's code is ${'7'.repeat(12)}`;
  await ada.chat.say(secret);
  await expect(bo.chat.message(secret)).toBeVisible();
  await tool(ada.chat, secret, 'Delete');
  await confirm(ada.chat);
  for (const { chat } of [ada, bo]) {
    await expect(chat.messages.first()).toContainText('This message was deleted.');
    expect(await kept(chat)).not.toContain(secret);
    expect(await chat.page.content()).not.toContain(secret);
  }
  await ada.chat.page.goto('about:blank');
  await bo.chat.page.goto('about:blank');

  await server.pause();
  for (const [name, kept] of await server.stored()) expect(kept.includes(secret), name).toBe(false);
  expect(server.log()).not.toContain(secret);
  await server.restart();
});

/** Uses one of the tools of one's own message, by its name. */
async function tool(chat: Chat, text: string, name: string): Promise<void> {
  const message = chat.message(text);
  await message.hover();
  await message.getByRole('button', { name, exact: true }).click();
}

/** Answers that a message is to be deleted. */
async function confirm(chat: Chat): Promise<void> {
  const asked = chat.messages.filter({ hasText: 'Delete it for everybody?' });
  await asked.getByRole('button', { name: 'Delete' }).click();
}

/** The composer while a message is edited. */
function editor(chat: Chat): Locator {
  return chat.page.getByRole('textbox', { name: 'Your message, to be edited' });
}

/** All that the browser keeps for the page. */
async function kept(chat: Chat): Promise<string> {
  return chat.page.evaluate(async () => {
    const stores: unknown[] = [{ ...localStorage }, { ...sessionStorage }];
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name ?? '');
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      for (const store of database.objectStoreNames) {
        const all = await new Promise((resolve, reject) => {
          const request = database.transaction(store).objectStore(store).getAll();
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
        stores.push(all);
      }
      database.close();
    }
    return JSON.stringify(stores);
  });
}
