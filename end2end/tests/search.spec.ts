// The search: as one types, by keyboard, over the way to a hit and back, and where it does not answer.

import type { Route } from '@playwright/test';

import { Chat } from '../support/chat.ts';
import { NETWORK } from '../support/complaints.ts';
import { expect, test } from '../support/fixtures.ts';
import { freshName } from '../support/members.ts';
import { wheelToEnd } from '../support/scrolling.ts';
import { found, freshWord, Searching } from '../support/searching.ts';

const QUESTIONS = '**/api/search?*';

test('what one types is found, leads to its place among its neighbours, and back', async ({ enterAs, server }) => {
  test.setTimeout(90_000);
  const { chat, name } = await enterAs('Ada');
  const word = freshWord();
  await server.run('seed', '--messages', '150');
  await chat.reload();
  await chat.say(`The ${word} sleeps by day`);
  await server.run('seed', '--messages', '150');
  await chat.goTo('General');
  const searching = await Searching.from(chat);

  await searching.find(word.slice(0, -1));

  const hit = searching.hits.first();
  await expect(hit).toContainText(name);
  await expect(hit).toContainText('in General');
  await expect(hit).toContainText(/Today, \d\d:\d\d/);
  await expect(hit.locator('mark')).toHaveText(word);
  await expect(searching.status).toHaveText('1 message');
  await expect(searching.page).toHaveURL(new RegExp(`/search\\?q=${word.slice(0, -1)}$`));

  await hit.click();
  const message = chat.message(`The ${word} sleeps by day`);
  await expect(chat.page).toHaveURL(/\/r\/general\/\d+$/);
  await expect(message).toBeInViewport();
  await expect(message).toHaveClass(/message--marked/);
  const sequence = Number((await message.getAttribute('id'))!.slice(1));
  await wheelToEnd(chat, 'top');
  await expect(chat.timeline.locator('#m1')).toBeInViewport();
  await wheelToEnd(chat, 'bottom');
  await expect(chat.timeline.locator(`#m${sequence + 150}`)).toBeInViewport();

  for (const way of ['once', 'and again']) {
    await chat.page.goBack();
    await expect(searching.box, way).toHaveValue(word.slice(0, -1));
    await expect(hit, way).toBeFocused();
    await hit.click();
    await expect(message, way).toBeInViewport();
    await expect(chat.page, way).toHaveURL(/\/r\/general\/\d+$/);
  }
  await chat.page.goBack();
  await expect(hit).toBeFocused();
  await searching.page.reload();
  await expect(searching.box).toHaveValue(word.slice(0, -1));
  await expect(hit.locator('mark')).toHaveText(word);
});

test('the link of a hit works by itself, from a room that one is not in', async ({ enter }) => {
  const [ada, bo] = [await enter(), await enter()];
  const word = freshWord();
  const attic = freshName('Attic');
  await ada.createRoom(attic);
  await ada.say(`Mind the ${word}`);
  const searching = await Searching.from(bo);
  await searching.find(word);

  await searching.hits.first().click();
  await expect(bo.message(`Mind the ${word}`)).toHaveClass(/message--marked/);
  await expect(bo.page.getByRole('button', { name: 'Join to talk' })).toBeVisible();
  await expect(bo.heading).toHaveText(attic);

  await bo.page.reload({ waitUntil: 'commit' });
  await expect(bo.message(`Mind the ${word}`)).toHaveClass(/message--marked/);
});

test('Ctrl and K, and a slash where nobody types, lead to the search, and Escape back', async ({ enter }) => {
  const chat = await enter('help');
  await chat.join();
  const searching = new Searching(chat.page);

  await chat.composer.pressSequentially('a/b');
  await expect(chat.composer).toHaveValue('a/b');
  await chat.composer.press('Control+k');
  await expect(searching.box).toBeFocused();
  await searching.box.pressSequentially('this/that');
  await expect(searching.box).toHaveValue('this/that');
  await searching.box.press('Escape');
  await expect(chat.heading).toHaveText('Help');
  await expect(chat.composer).toHaveValue('a/b');

  await chat.timeline.focus();
  await chat.page.keyboard.press('/');
  await expect(searching.box).toBeFocused();
  await expect(searching.box).toHaveValue('');
  await searching.box.fill('before');
  await searching.page.keyboard.press('Control+k');
  await searching.page.keyboard.type('after');
  await expect(searching.box).toHaveValue('after');
});

test('Escape leads back to where one was: to a message, or to the list of rooms', async ({ enter }) => {
  const chat = await enter();
  const { page } = chat;
  const searching = new Searching(page);
  const leadsBackTo = async (address: RegExp) => {
    await expect(page).toHaveURL(address);
    await page.keyboard.press('Control+k');
    await expect(searching.box).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(page).toHaveURL(address);
  };

  await chat.say('Where was I?');
  await chat.message('Where was I?').getByRole('link', { name: /link to this message/ }).click();
  await leadsBackTo(/\/r\/general\/\d+$/);
  await chat.rooms.getByRole('link', { name: 'All rooms, or a new one' }).click();
  await leadsBackTo(/\/rooms$/);
});

test('all of it can be done by keyboard', async ({ enterAs }) => {
  // Of many with one name only some are offered.
  const { chat, name } = await enterAs('Zora');
  const word = freshWord();
  await chat.say(`${word} first`);
  await chat.say(`${word} second`);
  await expect.poll(() => found(chat.page, word)).toHaveLength(2);
  const searching = new Searching(chat.page);
  const { keyboard } = chat.page;

  await keyboard.press('Control+k');
  await expect(searching.box).toBeFocused();
  await keyboard.type(`${word} fr`);
  await expect(searching.offers).toHaveText([/^from:\s*who wrote it$/]);
  await keyboard.press('ArrowDown');
  await expect(searching.offers.first()).toHaveAttribute('aria-selected', 'true');
  await keyboard.press('Enter');
  await expect(searching.box).toHaveValue(`${word} from:`);
  await keyboard.type(name.slice(0, 3).toLowerCase());
  await expect(searching.offers.filter({ hasText: name })).toHaveCount(1);
  while ((await searching.offers.filter({ hasText: name }).getAttribute('aria-selected')) !== 'true') await keyboard.press('ArrowDown');
  await keyboard.press('Tab');
  await expect(searching.box).toHaveValue(`${word} from:"${name}" `);
  await expect(searching.box).toBeFocused();
  await expect(searching.offers).toHaveCount(0);
  await expect(searching.hits).toHaveCount(2);

  await keyboard.type('in:');
  await expect(searching.offers).toHaveText([/^in:General/]);
  await keyboard.press('Escape');
  await expect(searching.offers).toHaveCount(0);
  await expect(searching.box).toBeFocused();
  // Whatever was asked before is answered then, or never shown.
  const answered = chat.page.waitForResponse((it) => new URL(it.url()).searchParams.get('q') === word);
  await searching.box.fill(word);
  await answered;
  await expect(searching.hits).toHaveCount(2);
  await keyboard.press('ArrowDown');
  await expect(searching.hits.nth(0)).toBeFocused();
  await keyboard.press('ArrowDown');
  await expect(searching.hits.nth(1)).toBeFocused();
  await keyboard.press('ArrowUp');
  await keyboard.press('ArrowUp');
  await expect(searching.box).toBeFocused();
  await keyboard.press('ArrowDown');
  const href = (await searching.hits.nth(0).getAttribute('href'))!;
  await keyboard.press('Enter');
  await expect(chat.page).toHaveURL(new RegExp(`${href}$`));
});

test('what is offered can be clicked', async ({ enter }) => {
  const searching = await Searching.from(await enter());

  await searching.box.pressSequentially('ha');
  await searching.offers.filter({ hasText: 'has:' }).click();
  await searching.offers.filter({ hasText: 'has:link' }).click();

  await expect(searching.box).toHaveValue('has:link ');
  await expect(searching.box).toBeFocused();
});

test('the hits stay while a name is typed that is offered, until one wants what stands there', async ({ enter }) => {
  const chat = await enter();
  const { clock, keyboard } = chat.page;
  const word = freshWord();
  await chat.say(`${word} and tea`);
  await clock.install();
  await chat.reload();
  const searching = await Searching.from(chat);
  await searching.find(word);
  await chat.page.evaluate(() => {
    const { fetch } = window;
    window.asked = [];
    window.fetch = (input, init) => {
      window.asked.push(String(input));
      return fetch(input, init);
    };
  });

  await keyboard.type(' in:');
  await expect(searching.offers).toHaveText([/^in:General/]);
  await clock.runFor(1_000);
  expect(await chat.page.evaluate(() => window.asked)).toEqual([]);
  await expect(searching.hits).toHaveCount(1);
  await keyboard.press('Escape');

  await expect(searching.status).toHaveText('Nothing was found.');
});

test('there is more where there is more, in either order, and both stand in the address', async ({ openPage, startServer }) => {
  test.setTimeout(60_000);
  const server = await startServer({ HUBBUB_SENDS: '1000/1000' });
  const page = await openPage();
  await page.goto(`${server.url}/r/general`);
  const chat = new Chat(page);
  await chat.connecting(() => page.getByRole('button', { name: 'Come in as a guest' }).click());
  for (let n = 1; n <= 25; n += 1) await chat.say(`kiwi ${n}`);
  await expect.poll(() => found(page, 'kiwi')).toHaveLength(25);
  const searching = await Searching.from(chat);

  await searching.box.fill('kiwi');
  await expect(searching.status).toHaveText('The first 20 messages');
  await page.getByRole('button', { name: 'Newest' }).click();
  await expect(page).toHaveURL(/\?q=kiwi&by=newest$/);
  await expect(searching.hits.first()).toContainText('kiwi 25');
  await page.getByRole('button', { name: 'More' }).click();
  await expect(searching.status).toHaveText('25 messages');
  await expect(searching.hits.nth(20)).toBeFocused();
  await expect(searching.hits.last()).toContainText('kiwi 1');
  await expect(page.getByRole('button', { name: 'More' })).toHaveCount(0);

  await page.reload();
  await expect(searching.hits.first()).toContainText('kiwi 25');
  await expect(page.getByRole('button', { name: 'Newest' })).toHaveAttribute('aria-pressed', 'true');
});

test('an answer that comes late is not shown', async ({ enter }) => {
  const chat = await enter();
  const word = freshWord();
  await chat.say(`${word} and tea`);
  await chat.say(`${word} and cake`);
  await expect.poll(() => found(chat.page, word)).toHaveLength(2);
  const searching = await Searching.from(chat);
  const held: Route[] = [];
  await chat.page.route(QUESTIONS, async (route) => {
    if (asked(route).endsWith('tea')) held.push(route);
    else await route.continue();
  });

  await searching.box.fill(`${word} tea`);
  await expect.poll(() => held.length).toBe(1);
  await searching.box.fill(`${word} cake`);
  await expect(searching.hit('and cake')).toBeVisible();
  const late = chat.page.waitForResponse((it) => it.url().endsWith(new URL(held[0]!.request().url()).search));
  await held[0]!.continue();
  await (await late).finished();
  // Whatever the late answer would do is done before the next is there.
  await searching.box.fill(`${word} cak`);
  await expect(searching.page).toHaveURL(/cak$/);
  await expect(searching.hits).toHaveText([/and cake/]);
  await expect(searching.hit('and tea')).toHaveCount(0);
});

test('what takes long or fails is said in words, and tried again', async ({ enter, complaints }) => {
  complaints.expect(NETWORK);
  const chat = await enter();
  const word = freshWord();
  await chat.say(`${word} and tea`);
  const searching = await Searching.from(chat);
  await searching.find(word);
  const held: Route[] = [];
  await chat.page.route(QUESTIONS, (route) => void held.push(route));

  await searching.box.fill(`${word} and`);
  await expect(searching.status).toHaveText('Searching…');
  await expect(searching.hits).toHaveCount(1);
  await expect(searching.status).toHaveText(/^Still searching/);
  await held[0]!.abort();
  await expect(chat.page.getByRole('alert')).toContainText("The search doesn't answer just now.");
  await expect(searching.hits).toHaveCount(0);
  await chat.page.unroute(QUESTIONS);
  await chat.page.getByRole('button', { name: 'Try again' }).click();

  await expect(searching.hit('and tea')).toBeVisible();
  await expect(chat.page.getByRole('alert')).toHaveCount(0);
});

test('a search that wakes up says so, and asks again by itself', async ({ enter }) => {
  const chat = await enter();
  const word = freshWord();
  await chat.say(`${word} and tea`);
  await expect.poll(() => found(chat.page, word)).toHaveLength(1);
  const searching = await Searching.from(chat);
  let n_asked = 0;
  await chat.page.route(QUESTIONS, async (route) => {
    n_asked += 1;
    if (n_asked > 1) return route.continue();
    await route.fulfill({ json: { hits: [], people: [], rooms: [], source: 'newest' } });
  });

  await searching.box.fill(word);

  await expect(searching.status).toHaveText(/^The search is waking up/);
  await expect(searching.status).toHaveText('1 message');
  await expect(searching.hit('and tea')).toBeVisible();
});

test('a visitor is asked to sign in and then searches, and without a script the page says why it finds nothing', async ({ page, openPage, enter }) => {
  await page.goto('/search?q=tea');
  await expect(page.getByRole('heading', { level: 1, name: 'Search' })).toBeVisible();
  await expect(page.getByRole('combobox')).toHaveCount(0);
  await expect(page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Search' })).toHaveCount(0);
  expect((await page.request.get('/api/search?q=tea')).status()).toBe(401);
  await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Go on as a guest' }).click();
  await expect(page).toHaveURL(/\/search\?q=tea$/);
  await expect(page.getByRole('combobox', { name: 'Search messages' })).toHaveValue('tea');

  const still = await openPage({ javaScriptEnabled: false });
  const { page: alive } = await enter();
  await still.context().addCookies(await alive.context().cookies());
  await still.goto('/search');
  await still.getByRole('combobox', { name: 'Search messages' }).fill('tea & cake');
  await still.keyboard.press('Enter');
  await expect(still).toHaveURL(/\/search\?q=tea/);
  await expect(still.getByRole('combobox')).toHaveValue('tea & cake');
  await expect(still.getByText('Searching needs JavaScript')).toBeVisible();
});

test('on a phone the search is a pane of its own', async ({ enter }) => {
  const chat = await enter('general', { viewport: { width: 390, height: 844 }, hasTouch: true });
  const word = freshWord();
  await chat.say(`${word} and tea`);
  await chat.page.getByRole('link', { name: 'To the list of rooms' }).tap();

  const searching = await Searching.from(chat);
  await expect(chat.rooms).toBeHidden();
  await searching.find(word);
  await searching.hits.first().tap();
  await expect(chat.message(`${word} and tea`)).toBeInViewport();
  await chat.page.goBack();
  await expect(searching.hits).toHaveCount(1);
  await chat.page.getByRole('link', { name: 'To the list of rooms' }).tap();
  await expect(chat.rooms).toBeVisible();
  const sideways = await chat.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(sideways).toBeLessThanOrEqual(0);
});

declare global {
  interface Window {
    /** What was asked for over HTTP. */
    asked: string[];
  }
}

/** What a question looks for. */
function asked(route: Route): string {
  return new URL(route.request().url()).searchParams.get('q') ?? '';
}
