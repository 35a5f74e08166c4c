// Coming to a room by a link, and to the place itself where it is for the invited.

import type { Page } from '@playwright/test';

import { Chat } from '../support/chat.ts';
import { NETWORK } from '../support/complaints.ts';
import { expect, test } from '../support/fixtures.ts';
import { invite } from '../support/invitations.ts';
import { freshName, ownName, PASSWORD, signUp } from '../support/members.ts';

test('a member comes in by a link, and is in the room on all their screens', async ({ enterAs }) => {
  const { chat: ada, name } = await enterAs('Ada');
  const { chat: bo } = await enterAs('Bo');
  const room = freshName('Gardeners');
  const link = await invite(ada.page, await ada.createRoom(room, 'What grows where'));
  const elsewhere = new Chat(await bo.page.context().newPage());
  await elsewhere.open();

  await bo.page.goto(link);
  await expect(bo.heading).toHaveText(room);
  await expect(bo.page.getByText('What grows where')).toBeVisible();
  await expect(bo.page.getByText(`${name} invites you to this room.`)).toBeVisible();
  await bo.connecting(() => bo.page.getByRole('button', { name: 'Join', exact: true }).click());

  await expect(bo.heading).toHaveText(room);
  await expect(bo.composer).toBeVisible();
  await expect(elsewhere.room(room)).toBeVisible();
  await bo.say('What a lovely place');
  await elsewhere.goTo(room);
  await expect(elsewhere.message('What a lovely place')).toBeVisible();
  await bo.page.goto(link);
  await expect(bo.page.getByText("You're in this room already.")).toBeVisible();
});

test('a stranger comes in as a guest', async ({ enterAs, openPage }) => {
  const { chat: ada } = await enterAs('Ada');
  const room = freshName('Gardeners');
  const link = await invite(ada.page, await ada.createRoom(room));
  const guest = new Chat(await openPage());

  await guest.page.goto(link);
  await guest.page.getByRole('button', { name: 'Go on as a guest' }).click();
  await expect(guest.page).toHaveURL(new RegExp(`${link}$`));
  await guest.connecting(() => guest.page.getByRole('button', { name: 'Join', exact: true }).click());

  await expect(guest.heading).toHaveText(room);
  await guest.say('Just visiting');
});

test('a stranger makes an account by a link, and lands in the room', async ({ enterAs, openPage }) => {
  const { chat: ada, name: taken } = await enterAs('Ada');
  const room = freshName('Gardeners');
  const link = await invite(ada.page, await ada.createRoom(room));
  const bo = new Chat(await openPage());
  const name = freshName('Bo');

  await bo.page.goto(link);
  await bo.page.getByRole('link', { name: 'Make an account' }).click();
  // A name that is taken costs neither the link nor the way.
  await fillIn(bo.page, taken);
  await expect(bo.page.getByLabel('Name')).toHaveAccessibleDescription(/Somebody has that name already/);
  await fillIn(bo.page, name);
  await expect(bo.heading).toHaveText('Keep this code');
  await bo.connecting(() => bo.page.getByRole('link', { name: "I've kept it, to the rooms" }).click());

  await expect(bo.heading).toHaveText(room);
  await bo.say('Here I am');
  expect(await ownName(bo)).toBe(name);
  await expect(bo.room('General')).toBeVisible();
});

test('who has an account signs in on the way, also at the second try', async ({ enterAs, openPage }) => {
  const { chat: ada } = await enterAs('Ada');
  const { name } = await enterAs('Bo');
  const room = freshName('Gardeners');
  const link = await invite(ada.page, await ada.createRoom(room));
  const bo = new Chat(await openPage());
  const signIn = async (password: string) => {
    await bo.page.getByLabel('Name').fill(name);
    await bo.page.getByLabel('Password').fill(password);
    await bo.page.getByRole('button', { name: 'Sign in' }).click();
  };

  await bo.page.goto(link);
  await bo.page.getByRole('link', { name: 'Sign in' }).click();
  await signIn('not the password');
  await expect(bo.page.getByRole('alert')).toBeVisible();
  await signIn(PASSWORD);
  await bo.connecting(() => bo.page.getByRole('button', { name: 'Join', exact: true }).click());

  await expect(bo.heading).toHaveText(room);
});

test('a link for one brings one', async ({ enterAs, openPage, complaints }) => {
  complaints.expect(/status of 410/);
  const { chat: ada } = await enterAs('Ada');
  const { chat: bo } = await enterAs('Bo');
  const { chat: cy } = await enterAs('Cy');
  const link = await invite(ada.page, await ada.createRoom(freshName('Nook')), { uses: 1 });
  // Both see it while it holds.
  await bo.page.goto(link);
  await cy.page.goto(link);

  await bo.page.getByRole('button', { name: 'Join', exact: true }).click();
  await expect(bo.composer).toBeVisible();
  await cy.page.getByRole('button', { name: 'Join', exact: true }).click();

  await expect(cy.heading).toHaveText('This link leads nowhere');
  await expect(cy.page.getByText('As many as it was meant for have come by this invitation.')).toBeVisible();
  const stranger = await openPage();
  await stranger.goto(link);
  await expect(stranger.getByRole('heading', { level: 1 })).toHaveText('This link leads nowhere');
});

test('a link that was withdrawn brings nobody', async ({ enterAs, openPage, complaints }) => {
  complaints.expect(/status of 404/);
  const { chat: ada } = await enterAs('Ada');
  const room = await ada.createRoom(freshName('Nook'));
  const link = await invite(ada.page, room);
  const page = await openPage();
  await signUp(page, freshName('Bo'));
  await page.goto(link);

  await ada.page.getByRole('button', { name: 'Withdraw' }).click();
  await expect(ada.page.getByRole('button', { name: 'Withdraw' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Join', exact: true }).click();

  await expect(page.getByText("This invitation doesn't hold.")).toBeVisible();
});

test('where accounts are made by invitation only there is no other way', async ({ openPage, startServer, complaints }) => {
  complaints.expect(/status of 410/);
  complaints.expect(NETWORK); // The server is started anew.
  const settings: Record<string, string> = {};
  const server = await startServer(settings);
  const open = () => openPage({ baseURL: server.url });
  const ada = new Chat(await open());
  await signUp(ada.page, 'Ada');
  await ada.open();
  const link = await invite(ada.page, await ada.createRoom('Nook'), { uses: 1 });
  await ada.page.goto('about:blank');
  settings['HUBBUB_SIGN_UP'] = 'invite';
  settings['HUBBUB_GUEST_ACCESS'] = 'off';
  await server.restart();

  const bo = new Chat(await open());
  await bo.page.goto('/r/general');
  await expect(bo.page.getByText("You're reading as a visitor.")).toBeVisible();
  await expect(bo.page.getByRole('button', { name: 'Come in as a guest' })).toHaveCount(0);
  await bo.page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
  await expect(bo.page.getByRole('link', { name: 'Make an account' })).toHaveCount(0);
  await expect(bo.page.getByRole('button', { name: 'Go on as a guest' })).toHaveCount(0);
  await bo.page.goto('/sign-up');
  await expect(bo.page.getByText('New accounts are made here by invitation only.')).toBeVisible();
  await expect(bo.page.getByLabel('Password')).toHaveCount(0);

  await bo.page.goto(link);
  await bo.page.getByRole('link', { name: 'Make an account' }).click();
  await fillIn(bo.page, 'Bo');
  await bo.connecting(() => bo.page.getByRole('link', { name: "I've kept it, to the rooms" }).click());
  await expect(bo.heading).toHaveText('Nook');

  const cy = await open();
  await cy.goto(link);
  await expect(cy.getByRole('heading', { level: 1 })).toHaveText('This link leads nowhere');
  expect(server.log()).not.toContain(link.slice('/join/'.length));
});

/** Fills in the form that makes an account. */
async function fillIn(page: Page, name: string): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Make account' }).click();
}
