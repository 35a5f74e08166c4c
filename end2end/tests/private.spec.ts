// Private rooms: who is outside learns nothing of them, and who goes keeps nothing.

import type { Page } from '@playwright/test';

import { Chat } from '../support/chat.ts';
import { expect, test } from '../support/fixtures.ts';
import { freshName } from '../support/members.ts';
import { Settings } from '../support/settings.ts';

const PRIVATE = { isPrivate: true };
/** What happens to a member is on all of their screens within this time. */
const AT_ONCE = { timeout: 1_000 };

test('a private room is in no list and at no address for anybody else', async ({ enterAs, enter, openPage, complaints }) => {
  complaints.expect(/status of 40[14]/);
  const { chat: ada } = await enterAs('Ada');
  const name = freshName('Plans');
  const room = await ada.createRoom(name, 'Nobody may know', PRIVATE);
  await ada.say('The surprise is on Friday');
  const bo = await enter();
  const visitor = await openPage();

  expect(room).toMatch(/^p--[a-z2-7]{16}$/);
  await expect(ada.rooms.getByRole('link', { name: `${name}, private` })).toBeVisible();
  for (const page of [bo.page, visitor]) {
    await page.goto('/rooms');
    await expect(page.getByRole('main').getByRole('link', { name: /General/ })).toBeVisible();
    await expect(page.getByText(name)).toHaveCount(0);
    const asked = await page.request.get('/api/rooms');
    expect(await asked.text()).not.toContain('Plans');
    await sameAsNowhere(page, room);
  }
});

test('who is added sees the room in an open tab, and reads all of it', async ({ enterAs }) => {
  const { chat: ada } = await enterAs('Ada');
  const { chat: bo, name: bosName } = await enterAs('Bo');
  const name = freshName('Plans');
  const room = await ada.createRoom(name, '', PRIVATE);
  await ada.say('Said before Bo came');
  const settings = await Settings.beside(ada.page, room);

  await settings.add(bosName);

  await bo.goTo(name);
  await expect(bo.message('Said before Bo came')).toBeVisible();
  await bo.say('Here I am');
  await expect(ada.message('Here I am')).toBeVisible();
});

test('who is removed sees it in every tab at once, and has the room no longer', async ({ enterAs, complaints }) => {
  complaints.expect(/status of 404/);
  const { chat: ada } = await enterAs('Ada');
  const { chat: bo, name: bosName } = await enterAs('Bo');
  const { chat: cy, name: cysName } = await enterAs('Cy');
  const name = freshName('Plans');
  const room = await ada.createRoom(name, '', PRIVATE);
  await ada.say('The surprise is on Friday');
  const settings = await Settings.beside(ada.page, room);
  await settings.add(bosName);
  await settings.add(cysName);
  await cy.goTo(name);
  await bo.goTo(name);
  await bo.say('Not a word to anybody');
  const other = new Chat(await bo.page.context().newPage());
  const heard = framesTo(other.page);
  await other.open(room);
  await ada.say('Said to all of them');
  await expect(other.message('Said to all of them')).toBeVisible();

  await settings.remove(bosName);

  for (const tab of [bo, other]) {
    await expect(tab.page.getByText('You were removed from this room.')).toBeVisible(AT_ONCE);
    await expect(tab.messages).toHaveCount(0);
    await expect(tab.page.getByText(name)).toHaveCount(0);
    await expect(tab.composer).toHaveCount(0);
  }
  await ada.say('Now that Bo is gone');
  await expect(cy.message('Now that Bo is gone')).toBeVisible();
  expect(heard.join('\n')).toContain('Said to all of them');
  expect(heard.join('\n')).not.toContain('Now that Bo is gone');
  await sameAsNowhere(bo.page, room);
  await other.open();
  await expect(other.room(name)).toHaveCount(0);
});

test('who leaves a private room has it no longer', async ({ enterAs, complaints }) => {
  complaints.expect(/status of 404/);
  const { chat: ada } = await enterAs('Ada');
  const { chat: bo, name: bosName } = await enterAs('Bo');
  const name = freshName('Plans');
  const room = await ada.createRoom(name, '', PRIVATE);
  await ada.say('The surprise is on Friday');
  const settings = await Settings.beside(ada.page, room);
  await settings.add(bosName);
  await bo.goTo(name);
  const his = await Settings.beside(bo.page, room);

  await expect(his.page.getByText('To come back you need an invitation, or an admin who adds you.')).toBeVisible();
  await his.leave();

  await expect(his.page).toHaveURL(/\/rooms$/);
  await expect(bo.page.getByText("You're not in this room any longer.")).toBeVisible(AT_ONCE);
  await expect(bo.messages).toHaveCount(0);
  await sameAsNowhere(bo.page, room);
});

test('a private room that is deleted is gone from every tab', async ({ enterAs, complaints }) => {
  complaints.expect(/status of 404/);
  const { chat: ada } = await enterAs('Ada');
  const { chat: bo, name: bosName } = await enterAs('Bo');
  const name = freshName('Plans');
  const room = await ada.createRoom(name, '', PRIVATE);
  await ada.say('The surprise is on Friday');
  const settings = await Settings.beside(ada.page, room);
  await settings.add(bosName);
  await bo.goTo(name);
  await expect(bo.message('The surprise is on Friday')).toBeVisible();

  await settings.delete(name);

  for (const tab of [ada, bo]) {
    await expect(tab.page.getByText('This room was deleted.')).toBeVisible(AT_ONCE);
    await expect(tab.messages).toHaveCount(0);
    await sameAsNowhere(tab.page, room);
  }
});

/** The pages and the history of a room answer as those of one that is not there. */
async function sameAsNowhere(page: Page, room: string): Promise<void> {
  const nowhere = 'p--nowhere';
  const answers = async (of: string) => {
    const paths = [`/r/${of}`, `/r/${of}/1`, `/room/${of}`, `/api/history?room=${of}`];
    const answers = await Promise.all(paths.map((path) => page.request.get(path)));
    return Promise.all(answers.map(async (it) => ({ status: it.status(), words: words(await it.text(), of) })));
  };

  const there = await answers(room);
  expect(there).toEqual(await answers(nowhere));
  expect(there.map((it) => it.status)).toContain(404);
  await page.goto(`/r/${room}`);
  await expect(page.getByText('There is no such room.')).toBeVisible();
}

/** A page without what is another in every answer, and without the address that was asked. */
function words(page: string, address: string): string {
  const asked = new RegExp(`${address}|${address.replaceAll('-', '%2D')}`, 'g'); // As it stands, and as a link's `next`.
  return page.replaceAll(asked, 'ADDRESS').replaceAll(/(nonce|crossorigin)="[^"]*"/g, '').replaceAll(/\bnow\\":\d+/g, '');
}

/** What comes in by the sockets that a page opens from now on. */
function framesTo(page: Page): string[] {
  const heard: string[] = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => heard.push(String(payload))));
  return heard;
}
