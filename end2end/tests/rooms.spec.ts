// Rooms: finding, making, joining and leaving them, and what is unread in each.

import { Chat } from '../support/chat.ts';
import { NETWORK } from '../support/complaints.ts';
import { expect, test } from '../support/fixtures.ts';
import { freshName } from '../support/members.ts';
import { STACK } from '../support/server.ts';

/** Two tabs of a member agree within this time. */
const AGREE = { timeout: 2_000 };
/** What a page has seen that goes is written down within five seconds, from where other nodes have it. */
const WRITTEN = { timeout: 7_000 };

test('some rooms are there from the start, and one is in the first', async ({ enter }) => {
  const ada = await enter();

  await expect(ada.rooms.getByRole('listitem')).toHaveText(['General']);
  await ada.rooms.getByRole('link', { name: 'All rooms, or a new one' }).click();

  const listed = ada.page.getByRole('main').getByRole('link');
  for (const name of ['General', 'Help', 'Random']) await expect(listed.filter({ hasText: name })).toHaveCount(1);
  await expect(listed.filter({ hasText: 'General' })).toContainText('joined');
  await expect(listed.filter({ hasText: 'Help' })).toContainText('Ask anything, nobody bites');
});

test('the address is where one is, whichever way one has gone through the history', async ({ enter }) => {
  const ada = await enter();
  const all = ada.rooms.getByRole('link', { name: 'All rooms, or a new one' });

  await all.click();
  await ada.page.getByRole('main').getByRole('link', { name: 'Help' }).click();
  await expect(ada.heading).toHaveText('Help');
  await all.click();
  await expect(ada.heading).toHaveText('Rooms');
  await ada.page.evaluate(() => history.go(-3));
  await expect(ada.heading).toHaveText('General');
  await all.click();

  await expect(ada.heading).toHaveText('Rooms');
  await expect(ada.page).toHaveURL(/\/rooms$/);
});

test('a room is made, found by others, joined and left', async ({ enter }) => {
  const ada = await enter();
  const bo = await enter();
  const name = freshName('Gardening');

  const address = await ada.createRoom(name, 'What grows, and what does not');
  await expect(ada.page.getByText('What grows, and what does not')).toBeVisible();
  await ada.say('The beans are up');

  await bo.rooms.getByRole('link', { name: 'All rooms, or a new one' }).click();
  await bo.page.getByRole('main').getByRole('link', { name }).click();
  await expect(bo.message('The beans are up')).toBeVisible();
  await expect(bo.composer).toHaveCount(0);
  await bo.join();
  await bo.say('Mine were eaten');
  await expect(ada.message('Mine were eaten')).toBeVisible();
  await expect(bo.room(name)).toHaveAttribute('aria-current', 'page');

  await bo.leave();
  await expect(bo.room(name)).toHaveCount(0);
  await expect(bo.page.getByRole('button', { name: 'Join to talk' })).toBeVisible();
  await expect(bo.page).toHaveURL(new RegExp(`/r/${address}$`));
  await bo.reload();
  await expect(bo.room(name)).toHaveCount(0);
});

test('names that cannot be are refused kindly, and what was typed stays', async ({ enter }) => {
  const ada = await enter();
  await ada.rooms.getByRole('link', { name: 'All rooms, or a new one' }).click();
  const name = ada.page.getByLabel('Name');
  const topic = ada.page.getByLabel('Topic');
  const refused = async (text: string, about: string, words: string | RegExp) => {
    await name.fill(text);
    await topic.fill(about);
    await ada.page.getByRole('button', { name: 'Make the room' }).click();
    await expect(ada.page.getByRole('main').getByRole('alert')).toContainText(words);
    await expect(name).toHaveValue(text);
  };

  await refused('general', '', 'There is a room at /r/general already, or there was. Join that one, or choose another name.');
  await refused('  ', '', "The room's name needs at least 1 character.");
  await refused('x'.repeat(49), '', "The room's name is too long. At most 48 characters fit.");
  await refused('Fine', 'y'.repeat(201), 'The topic is too long. At most 200 characters fit.');
  await refused('Hid\u202eden', '', "has characters in it that can't be seen");

  await name.fill(freshName('Fine'));
  await topic.fill('');
  await ada.page.getByRole('button', { name: 'Make the room' }).click();
  await expect(ada.heading).toHaveText(/^Fine/);
});

test('what is unread is counted, in the list and the title, and the order stays', async ({ enter }) => {
  const ada = await enter();
  const bo = await enter();
  const [first, last] = [freshName('Alpha'), freshName('Zeta')];
  const address = await ada.createRoom(last);
  await ada.createRoom(first);
  await ada.goTo('General');
  await bo.open(address);
  await bo.join();
  const order = [first, 'General', last];
  await expect(ada.rooms.getByRole('listitem')).toHaveText(order);

  await bo.say('one');
  await bo.say('two');
  await bo.say('three');

  await expect(ada.rooms.getByRole('link', { name: `${last}, 3 unread` })).toBeVisible();
  await expect(ada.page).toHaveTitle('(3) General · Hubbub');
  await expect(ada.rooms.getByRole('listitem').locator('.sidebar__name')).toHaveText(order);

  await ada.goTo(last);
  await expect(ada.message('three')).toBeVisible();
  await expect(ada.rooms.getByRole('link', { name: last, exact: true })).toBeVisible();
  await expect(ada.page).toHaveTitle(`${last} · Hubbub`);
  await ada.goTo('General');
  await ada.say('back here');
  await ada.reload();
  await expect(ada.page).toHaveTitle('General · Hubbub');
});

test('two tabs agree on what is unread, and with a recount', async ({ enter }) => {
  const ada = await enter();
  const bo = await enter();
  const name = freshName('Newsroom');
  const address = await ada.createRoom(name);
  const other = new Chat(await ada.page.context().newPage());
  await other.open('general');
  await ada.goTo('General');
  await bo.open(address);
  await bo.join();
  const counts = (chat: Chat, n: number, within = AGREE) =>
    expect(chat.rooms.getByRole('link', { name: n ? `${name}, ${n} unread` : name, exact: true })).toBeVisible(within);

  for (let n = 1; n <= 5; n += 1) await bo.say(`news ${n}`);
  await counts(ada, 5);
  await counts(other, 5);
  const recount = new Chat(await ada.page.context().newPage());
  await recount.open('general');
  await counts(recount, 5);
  await recount.page.close();

  // What one sees in one tab is read in the other; so is what one writes.
  await ada.page.bringToFront();
  await ada.goTo(name);
  await counts(other, 0);
  await expect(other.page).toHaveTitle('General · Hubbub', AGREE);
  await ada.goTo('General');
  await bo.say('late news');
  await counts(other, 1);
  await other.goTo(name);
  await other.say('heard');
  await counts(ada, 0);
  // Another node hears of it by the page that goes.
  await other.page.close();
  await ada.reload();
  await counts(ada, 0, STACK ? WRITTEN : AGREE);
});

test('who leaves a room is asked whether they mean it, and a private one says how one comes back', async ({ enter }) => {
  const ada = await enter();
  const [out, question] = [ada.people.getByRole('button', { name: 'Leave this room' }), ada.people.getByRole('alert')];
  const stay = ada.people.getByRole('button', { name: 'Stay' });
  await out.click();
  await expect(question.first()).toHaveText('Leave this room?');
  await expect(stay).toBeFocused();
  await ada.page.keyboard.press('Escape');
  await expect(out).toBeFocused();
  await out.click();
  await stay.click();
  await expect(out).toBeFocused();
  await expect(ada.composer).toBeVisible();

  // The question is about the room on screen.
  await out.click();
  await ada.createRoom(freshName('Den'), '', { isPrivate: true });
  await expect(out).toBeVisible();
  await out.click();
  await expect(question.first()).toContainText('To come back you need an invitation');
  await stay.click();

  await ada.goTo('General');
  await ada.leave();
  await expect(ada.page.getByRole('button', { name: 'Join to talk' })).toBeVisible();
  await expect(ada.people.getByRole('button', { name: 'Hide people' })).toBeFocused();
});

test('what of the list of rooms does not come is said, and asked for again', async ({ enter, complaints }) => {
  complaints.expect(NETWORK);
  const { page, rooms } = await enter();
  const listed = page.getByRole('main').getByRole('listitem');
  let fails = true;
  await page.route('**/api/rooms*', async (route) => {
    if (fails) return route.abort();
    const name = route.request().url().includes('after=') ? 'Second' : 'First';
    await route.fulfill({ json: { rooms: [{ id: name.toLowerCase(), name, topic: '', private: false }], more: name === 'First' } });
  });
  const again = async (name: string, alert: string) => {
    await expect(page.getByRole('main').getByRole('alert')).toContainText(alert);
    fails = false;
    await page.getByRole('main').getByRole('button', { name }).click();
  };

  await rooms.getByRole('link', { name: 'All rooms, or a new one' }).click();
  await again('Try again', "The list of rooms can't be read just now.");
  await expect(listed).toHaveText(['First']);
  await expect(listed.getByRole('link', { name: 'First' })).toBeFocused();
  fails = true;
  await page.getByRole('button', { name: 'More rooms' }).click();
  await again('More rooms', "More rooms can't be read just now.");

  await expect(listed).toHaveText(['First', 'Second']);
  await expect(listed.getByRole('link', { name: 'Second' })).toBeFocused();
  await expect(page.getByRole('main').getByRole('alert')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'More rooms' })).toHaveCount(0);
});

test('what is said first in one room is not shown in another', async ({ enter }) => {
  const ada = await enter();
  const [one, two] = [freshName('One'), freshName('Two')];
  for (const room of [one, two]) {
    await ada.createRoom(room);
    await ada.say(`said in ${room}`);
    await expect(ada.drafts).toHaveCount(0);
  }

  for (const room of [one, two, one]) {
    await ada.goTo(room);
    await expect.poll(() => ada.texts()).toEqual([`said in ${room}`]);
  }
});

test('a room that is named before the page comes alive is made once it has', async ({ enter }) => {
  const { page, heading } = await enter();
  const name = freshName('Early birds');
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await page.route('**/*.wasm', async (route) => {
    await held;
    await route.continue();
  });

  await page.goto('/rooms', { waitUntil: 'commit' });
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Name').press('Enter');
  await expect(page.getByRole('button', { name: 'Make the room' })).toBeDisabled();
  await expect(page).toHaveURL(/\/rooms$/);
  letGo();
  await page.getByRole('button', { name: 'Make the room' }).click();

  await expect(heading).toHaveText(name);
});

test('a room joined in one tab is there in the other, and left in both', async ({ enter }) => {
  const ada = await enter();
  const bo = await enter();
  const name = freshName('Workshop');
  const address = await ada.createRoom(name);
  const other = new Chat(await bo.page.context().newPage());
  await other.open('general');

  await bo.open(address);
  await bo.join();
  await expect(other.room(name)).toBeVisible(AGREE);
  await other.goTo(name);
  await bo.leave();

  await expect(other.room(name)).toHaveCount(0, AGREE);
  await expect(other.page.getByRole('button', { name: 'Join to talk' })).toBeVisible();
  for (const tab of [bo, other]) await expect(tab.heading).toHaveText(name);
});
