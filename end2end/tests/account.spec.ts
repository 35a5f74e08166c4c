// What members change about themselves, and how they go for good.


import { Chat } from '../support/chat.ts';
import { expect, test, type Member } from '../support/fixtures.ts';
import { freshName, ownName, PASSWORD, signIn } from '../support/members.ts';
import { Settings } from '../support/settings.ts';

/** As long as an ended session may go on. */
const AT_ONCE = { timeout: 1_000 };

test('another name is seen by others, and by one’s own open tabs', async ({ enterAs, openPage }) => {
  const { chat: ada, name } = await enterAs('Ada');
  const { chat: bo } = await enterAs('Bo');
  await ada.say('Good morning');
  await expect(bo.message('Good morning')).toBeVisible();
  const elsewhere = new Chat(await openPage());
  await elsewhere.connecting(() => signIn(elsewhere.page, name));
  const lovelace = freshName('Lovelace');

  await elsewhere.connecting(async () => {
    await ada.page.goto('/account');
    await ada.page.getByLabel('Name').fill(lovelace);
    await ada.page.getByRole('button', { name: 'Change name' }).click();
    await expect(ada.page.getByRole('status')).toHaveText(`You're called ${lovelace} now.`);
  });

  await expect(bo.person(lovelace)).toHaveCount(1);
  await expect(bo.person(name)).toHaveCount(0);
  await expect.poll(() => ownName(elsewhere)).toBe(lovelace);
  await elsewhere.say('Still me');
  await expect(bo.message('Still me')).toBeVisible();
  await ada.open();
  expect(await ownName(ada)).toBe(lovelace);
});

test('a name that somebody has stays theirs', async ({ enterAs }) => {
  const { name: taken } = await enterAs('Grace');
  const { chat, name } = await enterAs('Ada');

  await chat.page.goto('/account');
  await chat.page.getByLabel('Name').fill(taken.toUpperCase());
  await chat.page.getByRole('button', { name: 'Change name' }).click();

  await expect(chat.page.getByLabel('Name')).toHaveAccessibleDescription('Somebody has that name already. Choose another.');
  await expect(chat.page.getByLabel('Name')).toHaveValue(taken.toUpperCase());
  await expect(chat.heading).toHaveText(name);
});

test('one sees where one is signed in, and signs out there', async ({ enterAs, openPage }) => {
  const { chat, name } = await enterAs('Ada');
  const phone = new Chat(
    await openPage({ userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1' }),
  );
  await phone.connecting(() => signIn(phone.page, name));
  await phone.composer.fill('Half a thought');

  await chat.page.goto('/account');
  const devices = chat.page.getByRole('listitem');
  await expect(devices).toHaveCount(2);
  await expect(devices.first()).toContainText('this one');
  await expect(devices.last()).toContainText(/Safari on iPhone\s*since today, \d\d:\d\d/);
  await chat.page.getByRole('button', { name: /^End Safari on iPhone/ }).click();

  await expect(phone.banner).toContainText("You're signed out.", AT_ONCE);
  await expect(phone.composer).toHaveValue('Half a thought');
  await expect(chat.page.getByRole('status')).toHaveText("You're signed out there.");
  await expect(devices).toHaveCount(1);
  await phone.page.reload();
  await expect(phone.page.getByText("You're reading as a visitor.")).toBeVisible();
});

test('one signs out everywhere else at once', async ({ enterAs, openPage }) => {
  const { chat, name } = await enterAs('Ada');
  const others = [new Chat(await openPage()), new Chat(await openPage())];
  for (const other of others) await other.connecting(() => signIn(other.page, name));

  await chat.page.goto('/account');
  await chat.page.getByRole('button', { name: 'End all the others' }).click();

  for (const other of others) await expect(other.banner).toContainText("You're signed out.", AT_ONCE);
  await expect(chat.page.getByRole('status')).toHaveText("You're signed out everywhere else.");
  await expect(chat.page.getByRole('button', { name: 'End all the others' })).toHaveCount(0);
  await chat.open();
  expect(await ownName(chat)).toBe(name);
});

test('who goes is gone, and what they wrote stays by a former member', async ({ enterAs, openPage }) => {
  const ada = await enterAs('Ada');
  const { chat: bo } = await enterAs('Bo');
  const said = `Remember me ${freshName('as')}`;
  await ada.chat.say(said);
  await expect(bo.message(said)).toBeVisible();
  const elsewhere = new Chat(await openPage());
  await elsewhere.connecting(() => signIn(elsewhere.page, ada.name));

  await goForGood(ada, 'Stay, by a former member');

  await expect(ada.chat.heading).toHaveText('Deleted for good');
  await expect(ada.chat.page.getByRole('status')).toContainText('Your messages stay where they are, by a former member.');
  await expect(elsewhere.banner).toContainText("You're signed out.");
  // For a moment they may still be among those here, and a page that has met somebody knows their name.
  await expect(async () => {
    await bo.reload();
    await expect(bo.message(said)).toContainText('A former member', AT_ONCE);
  }).toPass();
  await expect(bo.page.getByText(ada.name)).toHaveCount(0);
  const page = await openPage();
  await signIn(page, ada.name);
  await expect(page.getByRole('alert')).toContainText("don't go together");
});

test('who goes with their messages leaves none, on no screen and in no file', async ({ enterAs, openPage, server }) => {
  const ada = await enterAs('Ada');
  const { chat: bo } = await enterAs('Bo');
  const secrets = Array.from({ length: 3 }, (_, at) => freshName(`the vault's code is ${String(at).repeat(9)}`));
  for (const secret of secrets) await ada.chat.say(secret);
  const den = await ada.chat.createRoom(freshName('Den'));
  await bo.open(den);
  await bo.join();
  const there = freshName('the cellar is at 48.1372, 11.5756');
  await ada.chat.say(there);
  await expect(bo.message(there)).toBeVisible();
  await makeAdmin(ada, bo);

  await goForGood(ada, 'Are deleted, in every room');

  await expect(ada.chat.page.getByRole('status')).toContainText('Your messages are being deleted too');
  await expect(bo.message(there)).toHaveCount(0);
  await bo.goTo('General');
  // Before the room is shown, none of them is there either.
  await expect(bo.messages.filter({ hasText: 'This message was deleted.' }).nth(2)).toBeVisible();
  for (const secret of secrets) await expect(bo.message(secret)).toHaveCount(0);
  const visitor = await openPage();
  for (const room of [den, 'general']) {
    await visitor.goto(`/r/${room}`);
    for (const secret of [...secrets, there]) expect(await visitor.content()).not.toContain(secret);
  }
  await visitor.goto('about:blank');
  await bo.page.goto('about:blank');
  await server.pause();
  for (const [name, kept] of await server.stored()) {
    for (const secret of [...secrets, there]) expect(kept.includes(secret), `${secret} in ${name}`).toBe(false);
  }
  await server.restart();
});

test('the last admin hears of which room, and may go when that has another', async ({ enterAs }) => {
  const ada = await enterAs('Ada');
  const { chat: bo } = await enterAs('Bo');
  const den = await ada.chat.createRoom(freshName('Den'));
  await bo.open(den);
  await bo.join();

  await goForGood(ada, 'Stay, by a former member');
  const { page } = ada.chat;
  await expect(page.getByRole('alert')).toContainText(`You're the only admin of /r/${den}.`);
  await page.getByRole('link', { name: "To that room's settings" }).click();
  await expect(page).toHaveURL(new RegExp(`/room/${den}$`));
  await makeAdmin(ada, bo);
  await goForGood(ada, 'Stay, by a former member');

  await expect(ada.chat.heading).toHaveText('Deleted for good');
});

test('nobody goes unawares', async ({ enterAs, enter }) => {
  const ada = await enterAs('Ada');
  const { page } = ada.chat;
  const remove = async (confirm: string, password: string) => {
    await page.getByLabel('Your name').fill(confirm);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Delete the account' }).click();
  };

  await page.goto('/account/delete');
  await page.getByLabel('Are deleted, in every room').check();
  await remove('yes', PASSWORD);
  await expect(page.getByLabel('Your name')).toHaveAccessibleDescription(`Nothing was done. To do it, type: ${ada.name}`);
  await expect(page.getByLabel('Are deleted, in every room')).toBeChecked();
  await remove(ada.name, 'not the password');
  await expect(page.getByLabel('Password')).toHaveAccessibleDescription(/don't go together/);
  await page.getByRole('link', { name: 'Keep it' }).click();
  await expect(ada.chat.heading).toHaveText(ada.name);

  // A guest has no password to give.
  const guest = await enter();
  const name = await ownName(guest);
  await guest.page.goto('/account/delete');
  await guest.page.getByLabel('Your name').fill(name);
  await guest.page.getByRole('button', { name: 'Delete this guest' }).click();
  await expect(guest.heading).toHaveText('Deleted for good');
});

/** Deletes a member by their own page. */
async function goForGood({ chat: { page }, name }: Member, messages: string): Promise<void> {
  await page.goto('/account');
  await page.getByRole('link', { name: 'Delete the account' }).click();
  await page.getByLabel(messages).check();
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Delete the account' }).click();
}

/** Makes somebody an admin of the room that they look at. */
async function makeAdmin({ chat: { page } }: Member, other: Chat): Promise<void> {
  const settings = new Settings(page, new URL(other.page.url()).pathname.slice('/r/'.length));
  await settings.open();
  await settings.promote(await ownName(other));
}
