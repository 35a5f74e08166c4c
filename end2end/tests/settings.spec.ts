// Looking after a room, and what everybody in it sees of that without doing anything.

import type { Locator } from '@playwright/test';

import { Chat } from '../support/chat.ts';
import { expect, test } from '../support/fixtures.ts';
import { freshName, ownName } from '../support/members.ts';
import { Settings } from '../support/settings.ts';
import { nHere, pair } from '../support/together.ts';

/** What happens to a member is on all of their screens within this time. */
const AT_ONCE = { timeout: 1_000 };

test('the settings of a room are reached from its head, and lead back', async ({ enter }) => {
  const ada = await enter();
  const name = freshName('Den');
  await ada.createRoom(name);

  await ada.page.getByRole('link', { name: 'About this room' }).click();
  await expect(ada.heading).toHaveText(`Settings of ${name}`);
  await expect(ada.page.locator('script[type="module"]')).toHaveCount(0);
  await ada.page.getByRole('link', { name: 'Back to the room' }).click();

  await expect(ada.heading).toHaveText(name);
  await expect(ada.composer).toBeVisible();
});

test('another name and topic are there for everybody at once', async ({ enter }) => {
  const { room, ada, bo } = await pair(enter);
  const settings = await Settings.beside(ada.chat.page, room);
  const name = freshName('Nook');

  await settings.describe(name, 'Tea, and what goes with it');

  await expect(settings.page.getByRole('status')).toHaveText('Saved. Everybody in the room sees it at once.');
  for (const { chat } of [ada, bo]) {
    await expect(chat.heading).toHaveText(name, AT_ONCE);
    await expect(chat.page.getByText('Tea, and what goes with it')).toBeVisible();
    await expect(chat.room(name)).toBeVisible();
  }
});

test('what is wrong stands at its field, and what was typed stays', async ({ enter }) => {
  const ada = await enter();
  const settings = new Settings(ada.page, await ada.createRoom(freshName('Den')));
  await settings.open();

  await settings.describe('Nook', 'x'.repeat(201));
  const topic = settings.page.getByRole('textbox', { name: 'Topic' });
  await expect(topic).toHaveAccessibleDescription('The topic is too long. At most 200 characters fit.');
  await expect(topic).toHaveValue('x'.repeat(201));
  await expect(settings.page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('Nook');

  await settings.page.getByLabel('Add somebody by name').fill('Nobody of that name');
  await settings.page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(settings.page.getByLabel('Add somebody by name')).toHaveAccessibleDescription('Nobody here has that name. Check how they write it.');
  await expect(settings.page.getByLabel('Add somebody by name')).toBeInViewport();
});

test('who is made an admin has the tools of one, in tabs that are open', async ({ enter }) => {
  const { room, ada, bo } = await pair(enter);
  await ada.chat.say('Ada wrote this');
  const written = bo.chat.message('Ada wrote this');
  await written.hover();
  await expect(written.getByRole('button')).toHaveCount(0);
  const hers = await Settings.beside(ada.chat.page, room);
  const his = await Settings.beside(bo.chat.page, room);
  await expect(his.page.getByRole('button')).toHaveCount(0);

  await hers.promote(bo.name);
  await written.hover();
  await written.getByRole('button', { name: 'Delete' }).click();
  await bo.chat.messages.filter({ hasText: 'Delete it for everybody?' }).getByRole('button', { name: 'Delete' }).click();

  await expect(ada.chat.messages.first()).toContainText('This message was deleted.');
  await his.open();
  await expect(his.acts.first()).toHaveText(`${bo.name} deleted somebody's message`);
  await his.member(ada.name).getByRole('button', { name: 'Make member' }).click();
  await hers.open();
  await expect(hers.page.getByRole('button')).toHaveCount(0);
});

test('who is removed is told so in every tab, and may come back to a public room', async ({ enter }) => {
  const { room, ada, bo } = await pair(enter);
  await ada.chat.say('Said to both');
  const other = new Chat(await bo.chat.page.context().newPage());
  await other.open(room);
  const settings = await Settings.beside(ada.chat.page, room);

  await settings.remove(bo.name);

  for (const tab of [bo.chat, other]) {
    await expect(tab.page.getByText('You were removed from this room.')).toBeVisible(AT_ONCE);
    await expect(tab.composer).toHaveCount(0);
    await expect(tab.page.getByRole('link', { name: 'About this room' })).toHaveCount(0);
  }
  await expect(nHere(ada.chat)).toHaveText('1 here');
  await bo.chat.join();
  await bo.chat.say('Here again');
  await expect(ada.chat.message('Here again')).toBeVisible();
  await expect(other.composer).toBeVisible();
});

test('a room keeps its last admin, and of two one can go', async ({ enter }) => {
  const { room, ada, bo } = await pair(enter);
  const hers = await Settings.beside(ada.chat.page, room);

  await hers.leave();
  await expect(hers.page.getByRole('alert')).toContainText("You're the only admin of");
  await hers.stepDown();
  await expect(hers.page.getByRole('alert')).toContainText("You're the only admin of");
  await ada.chat.leave();
  await expect(ada.chat.people.getByRole('alert')).toContainText("You're the only admin of");
  await expect(ada.chat.composer).toBeVisible();

  await hers.promote(bo.name);
  await hers.leave();
  await expect(hers.page).toHaveURL(/\/rooms$/);
  await expect(ada.chat.composer).toHaveCount(0, AT_ONCE);
  const his = await Settings.beside(bo.chat.page, room);
  await his.leave();
  await expect(his.page.getByRole('alert')).toContainText("You're the only admin of");
});

test('a room goes for everybody once its name was typed', async ({ enter, complaints }) => {
  complaints.expect(/status of 404/);
  const { room, ada, bo } = await pair(enter);
  await ada.chat.say('Soon gone');
  await expect(bo.chat.message('Soon gone')).toBeVisible();
  const name = await ada.chat.heading.innerText();
  const settings = await Settings.beside(ada.chat.page, room);

  await settings.delete('Something else');
  await expect(settings.page.getByLabel("The room's name")).toHaveAccessibleDescription(`Nothing was done. To do it, type: ${name}`);
  await settings.delete(name);

  await expect(settings.page).toHaveURL(/\/rooms$/);
  for (const { chat } of [ada, bo]) {
    await expect(chat.page.getByText('This room was deleted.')).toBeVisible(AT_ONCE);
    await expect(chat.messages).toHaveCount(0);
    await expect(chat.room(name)).toHaveCount(0);
  }
  for (const path of [`/r/${room}`, `/room/${room}`]) {
    expect((await bo.chat.page.goto(path))?.status(), path).toBe(404);
  }
});

test('the link of an invitation is selected for copying, and shown once', async ({ enter }) => {
  const ada = await enter();
  const settings = new Settings(ada.page, await ada.createRoom(freshName('Den')));
  await settings.open();

  await settings.page.getByRole('button', { name: 'Make an invitation' }).click();

  const link = settings.page.getByLabel('The link of the new invitation');
  await expect(link).toBeInViewport();
  await expect(link).toBeFocused();
  expect(await selected(link)).toBe(await link.inputValue());
  expect(await link.inputValue()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/join\/[0-9a-f]{32}$/);
  expect(settings.page.url()).not.toContain('join');
  await settings.page.reload();
  await expect(link).toHaveCount(0);
  await expect(settings.page.getByText(/^0 of 10 came by it · holds until /)).toBeVisible();
  await settings.page.getByRole('button', { name: 'Withdraw' }).click();
  await expect(settings.page.getByRole('button', { name: 'Withdraw' })).toHaveCount(0);
});

test('what admins did reads as sentences', async ({ enterAs, enter }) => {
  const { chat, name } = await enterAs('Ada');
  const bo = await ownName(await enter());
  const room = await chat.createRoom(freshName('Den'));
  const settings = new Settings(chat.page, room);
  await settings.open();
  const nook = freshName('Nook');

  await settings.describe(nook, 'Tea');
  await settings.add(bo);
  await settings.promote(bo);
  await settings.remove(bo);
  await settings.page.getByRole('button', { name: 'Make an invitation' }).click();

  await expect(settings.acts).toHaveText([
    `${name} made an invitation`,
    `${name} removed ${bo}`,
    `${name} made ${bo} an admin`,
    `${name} added ${bo}`,
    `${name} set the topic: Tea`,
    `${name} named the room ${nook}`,
    `${name} made the room`,
  ]);
});

/** What is selected in a field. */
async function selected(field: Locator): Promise<string> {
  return field.evaluate((input: HTMLInputElement) => input.value.slice(input.selectionStart ?? 0, input.selectionEnd ?? 0));
}
