// Being someone: accounts, guests, and what becomes of their sessions.

import type { Page } from '@playwright/test';

import { Chat } from '../support/chat.ts';
import { NETWORK } from '../support/complaints.ts';
import { expect, test } from '../support/fixtures.ts';
import { freshName, ownName, PASSWORD, signIn, signUp } from '../support/members.ts';
import { STACK } from '../support/server.ts';

test('an account is made, and its recovery code is shown once', async ({ page }) => {
  const name = freshName('Ada');

  const code = await signUp(page, name);

  expect(code).toMatch(/^(\w{4}-){4}\w{4}$/);
  await page.reload();
  await expect(page.getByText(code)).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Nothing to show');
  await page.getByRole('link', { name: 'To the rooms' }).last().click();
  const chat = new Chat(page);
  await expect(chat.composer).toBeVisible();
  expect(await ownName(chat)).toBe(name);
});

test('forms say kindly what is wrong, at the field, and keep the name', async ({ page, enterAs }) => {
  const { name: taken } = await enterAs('Grace');
  await page.goto('/sign-up');
  const submit = async (name: string, password: string) => {
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Make account' }).click();
  };

  await submit('A', PASSWORD);
  await expect(page.getByLabel('Name')).toHaveAccessibleDescription('The name needs at least 2 characters.');
  await expect(page.getByLabel('Name')).toHaveValue('A');
  await submit('x'.repeat(33), PASSWORD);
  await expect(page.getByLabel('Name')).toHaveAccessibleDescription('The name is too long. At most 32 characters fit.');
  await submit('Bo\u200b b', PASSWORD);
  await expect(page.getByRole('alert')).toContainText('has characters in it that can’t be seen'.replace('’', "'"));
  await submit(taken.toUpperCase(), PASSWORD);
  await expect(page.getByLabel('Name')).toHaveAccessibleDescription('Somebody has that name already. Choose another.');
  await submit('Short Password', 'seven77');
  await expect(page.getByLabel('Password')).toHaveAccessibleDescription('The password needs at least 8 characters.');
  await expect(page.getByLabel('Password')).toHaveValue('');
  await expect(page).not.toHaveURL(/seven77/);
});

test('a wrong password and an unknown name get the same answer', async ({ page, enterAs }) => {
  const { name } = await enterAs('Ada');
  const answer = async (name: string) => {
    await signIn(page, name, 'not the password');
    await expect(page.getByRole('alert')).toBeVisible();
    return page.locator('main').innerText();
  };

  const wrong = await answer(name);
  const unknown = await answer('Nobody At All');

  expect(wrong).toContain("Name and password don't go together.");
  expect(unknown).toBe(wrong);
});

test('one signs out, and in again from elsewhere', async ({ enterAs, openPage }) => {
  const { chat, name } = await enterAs('Ada', 'general');
  await chat.say('Before I go');

  await chat.page.getByRole('link', { name: new RegExp(name) }).click();
  await chat.page.getByRole('button', { name: 'Sign out' }).click();
  await expect(chat.page.getByText("You're reading as a visitor.")).toBeVisible();
  await chat.page.goto('/account');
  await expect(chat.page.getByRole('heading', { name: "You're not signed in" })).toBeVisible();

  const elsewhere = new Chat(await openPage());
  await elsewhere.connecting(() => signIn(elsewhere.page, name));
  expect(await ownName(elsewhere)).toBe(name);
  await expect(elsewhere.message('Before I go')).toBeVisible();
});

test('signing in brings one back to the room that one read', async ({ page, enterAs }) => {
  const { name } = await enterAs('Ada');
  await page.goto('/r/help');
  await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/next=/);
  await page.goBack();
  await page.getByRole('navigation').getByRole('link', { name: 'Sign in' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();

  await expect(page).toHaveURL(/\/r\/help$/);
  await expect(page.getByRole('button', { name: 'Join to talk' })).toBeVisible();
});

test('a recovery code sets a new password, once, and ends the other sessions', async ({ enterAs, page }) => {
  const { chat, name, code } = await enterAs('Ada');

  await reset(page, name, code, 'a wholly new password');
  await expect(page.getByRole('heading', { name: 'Keep this code' })).toBeVisible();
  const newCode = await page.getByLabel('Recovery code').innerText();
  expect(newCode).not.toBe(code);
  await expect(chat.banner).toContainText("You're signed out.");

  await page.context().clearCookies();
  await reset(page, name, code, 'another new password');
  await expect(page.getByLabel('Recovery code')).toHaveAccessibleDescription(/don't go together, or the code was used before/);
  await signIn(page, name);
  await expect(page.getByRole('alert')).toContainText("don't go together");
  await signIn(page, name, 'a wholly new password');
  await expect(new Chat(page).composer).toBeVisible();
});

test('who runs the place can make a link that sets a new password, once', async ({ server, enterAs, page }) => {
  const { name } = await enterAs('Ada');

  const printed = await server.run('member', 'reset', name);
  const link = new URL(printed.trim());
  const address = link.pathname + link.search;
  await page.goto(address);
  await expect(page.getByLabel('Name')).toHaveValue(name);
  await page.getByLabel('New password').fill('from the operator');
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page.getByRole('heading', { name: 'Keep this code' })).toBeVisible();

  await page.goto(address);
  await page.getByLabel('New password').fill('by somebody who found it');
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page.getByRole('alert')).toContainText('the code was used before');
});

test('a guest has a name, writes, and survives a reload', async ({ enter }) => {
  const ada = await enter();
  const bo = await enter();
  const name = await ownName(ada);

  await ada.say('I am just visiting');

  await expect(bo.message('I am just visiting')).toBeVisible();
  await expect(bo.person(name)).toContainText('guest');
  await ada.reload();
  expect(await ownName(ada)).toBe(name);
});

test('a guest becomes an account, and stays who they were', async ({ enter, complaints }) => {
  // By another node the other tab may be back before the answer that brings the new cookie, and comes again.
  if (STACK) complaints.expect(/WebSocket connection to .* HTTP Authentication failed/);
  const bo = await enter();
  const guest = await enter();
  const other = new Chat(await guest.page.context().newPage());
  await other.open();
  await guest.createRoom(freshName('Den'));
  await guest.goTo('General');
  await guest.say('Said as a guest');
  await expect(bo.message('Said as a guest')).toBeVisible();
  const name = freshName('Ada');

  await other.connecting(async () => {
    await guest.page.getByRole('link', { name: /guest/ }).click();
    await guest.page.getByLabel('Name').fill(name);
    await guest.page.getByLabel('Password').fill(PASSWORD);
    await guest.page.getByRole('button', { name: 'Make account' }).click();
    await expect(guest.page.getByRole('heading', { name: 'Keep this code' })).toBeVisible();
  });

  // The other tab sends on, and to others it is one and the same person, now by the new name.
  await other.say('Said as Ada');
  await expect(bo.message('Said as Ada')).toBeVisible();
  await expect(bo.person(name)).toHaveCount(1);
  await expect(bo.person(name)).not.toContainText('guest');
  await expect.poll(() => authorOf(bo, 'Said as a guest')).toBe(name);
  await expect.poll(() => authorOf(bo, 'Said as Ada')).toBe(name);

  await guest.open();
  expect(await ownName(guest)).toBe(name);
  await expect(guest.rooms.getByRole('link', { name: /^Den/ })).toBeVisible();
});

test('a changed password signs out everywhere else, and closes those sockets', async ({ enterAs, openPage }) => {
  const { chat, name } = await enterAs('Ada');
  const elsewhere = new Chat(await openPage());
  const closed = new Promise<void>((resolve) => {
    elsewhere.page.on('websocket', (socket) => socket.on('close', () => resolve()));
  });
  await elsewhere.connecting(() => signIn(elsewhere.page, name));
  await elsewhere.composer.fill('Half a thought');

  await chat.page.goto('/account');
  await chat.page.getByLabel('Password now').fill(PASSWORD);
  await chat.page.getByLabel('New password').fill('another horse entirely');
  await chat.page.getByRole('button', { name: 'Change password' }).click();
  await expect(chat.page.getByRole('status')).toContainText('Your password is changed');

  await closed;
  await expect(elsewhere.banner).toContainText("You're signed out.");
  await expect(elsewhere.composer).toHaveValue('Half a thought');
  await elsewhere.page.reload();
  await expect(elsewhere.page.getByText("You're reading as a visitor.")).toBeVisible();
  await chat.open();
  expect(await ownName(chat)).toBe(name);
});

test('the password now must be right to change it', async ({ enterAs }) => {
  const { chat } = await enterAs('Ada');

  await chat.page.goto('/account');
  await chat.page.getByLabel('Password now').fill('not this one');
  await chat.page.getByLabel('New password').fill('another horse entirely');
  await chat.page.getByRole('button', { name: 'Change password' }).click();

  await expect(chat.page.getByLabel('Password now')).toHaveAccessibleDescription(/.+/);
  await expect(chat.page.getByRole('alert')).toBeVisible();
  await chat.open();
  await expect(chat.composer).toBeVisible();
});

test('a session outlives the server', async ({ server, enterAs, enter, complaints }) => {
  complaints.expect(NETWORK);
  const { chat, name } = await enterAs('Ada');
  const bo = await enter();

  await Promise.all([chat.connecting(() => server.restart()), bo.connecting(async () => {})]);

  await chat.say('Still me');
  await expect(bo.message('Still me')).toBeVisible();
  await chat.reload();
  expect(await ownName(chat)).toBe(name);
});

test('another site cannot send a form in somebody’s name', async ({ enterAs, server }) => {
  const { chat } = await enterAs('Ada');

  const answer = await chat.page.request.post(`${server.url}/account/sign-out`, {
    headers: { origin: 'https://evil.example' },
    form: {},
  });

  expect(answer.status()).toBe(403);
  await chat.reload();
});

async function reset(page: Page, name: string, code: string, password: string): Promise<void> {
  await page.goto('/reset');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Recovery code').fill(code);
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Set password' }).click();
}

/** Who is named above a message. */
async function authorOf(chat: Chat, text: string): Promise<string | undefined> {
  return chat.message(text).evaluate((message) => {
    for (let it: Element | null = message; it; it = it.previousElementSibling) {
      const author = it.querySelector('.message__author');
      if (author) return author.textContent ?? undefined;
    }
    return undefined;
  });
}
