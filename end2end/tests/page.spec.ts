// The page arrives rendered, then comes alive.

import { createHash } from 'node:crypto';

import { Chat } from '../support/chat.ts';
import { expect, test } from '../support/fixtures.ts';
import type { Server } from '../support/server.ts';
import { together } from '../support/together.ts';

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a visitor reads the latest messages, and leaves no trace', async ({ page, startServer }) => {
    const server = await startServer();
    await server.run('seed', '--messages', '120');
    const before = await fingerprint(server);

    const response = await page.goto(`${server.url}/r/general`);

    expect(await response?.headerValue('set-cookie')).toBeNull();
    await expect(page.getByRole('heading', { level: 1, name: 'General' })).toBeVisible();
    const chat = new Chat(page);
    await expect(chat.messages.last()).toBeAttached();
    await expect(chat.messages.last()).toHaveId('m120');
    expect(await chat.messages.count()).toBeGreaterThanOrEqual(40);
    await expect(chat.messages.last().locator('.message__text')).not.toBeEmpty();

    await page.getByRole('link', { name: 'Look around the rooms' }).click();
    await page.getByRole('main').getByRole('link', { name: 'Help' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Help' })).toBeVisible();
    await expect(chat.timeline).toContainText('Nobody has said anything in Help yet.');
    expect(await page.context().cookies()).toEqual([]);
    expect(await fingerprint(server)).toEqual(before);
  });

  test('a guest who comes in finds the room as it is', async ({ page, enter }) => {
    const ada = await enter('general', { javaScriptEnabled: true });
    await ada.say('Read me as plain HTML');

    await page.goto('/r/general');
    await page.getByRole('button', { name: 'Come in as a guest' }).click();

    await expect(new Chat(page).message('Read me as plain HTML')).toBeAttached();
    await expect(page.getByRole('link', { name: /guest/ })).toBeVisible();
    // What takes a script is not offered as if it worked.
    await expect(page.getByText('Writing needs JavaScript')).toBeVisible();
    await expect(page.getByRole('textbox')).toBeHidden();
    await page.goto('/rooms');
    await expect(page.getByText('Making a room needs JavaScript')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Make the room' })).toBeDisabled();
  });
});

test('what the server rendered is what comes alive, and nothing moves', async ({ enter }) => {
  const { guests } = await together(enter, 2);
  const [ada, bo] = guests.map((it) => it.chat) as [Chat, Chat];
  // One's own message is never a new one.
  await bo.say('I was here before the script');
  await expect(bo.drafts).toHaveCount(0);
  // Who came just now is told to pages within a second.
  await expect.poll(async () => (await bo.page.request.get(bo.page.url())).text()).not.toContain('people-Away');
  await bo.page.addInitScript(watchLoading);

  await bo.reload();
  const seen = await bo.page.evaluate(async () => {
    for (let n = 0; n < 3; n += 1) await new Promise(requestAnimationFrame);
    return { kept: window.stamped?.every((it) => it.isConnected), moved: window.moved };
  });

  expect(seen).toEqual({ kept: true, moved: [] });
  await ada.say('and I after it');
  await expect(bo.message('and I after it')).toBeVisible();
});

test('a page that was rendered for another zone is loaded anew, once, before it comes alive', async ({ enter }) => {
  const chat = await enter('general', { timezoneId: 'Asia/Tokyo' });
  const { page } = chat;
  const renderedFor = () => page.locator('html').getAttribute('data-zone');
  const zone = async () => (await page.context().cookies()).find((it) => it.name === 'tz')?.value;
  await expect.poll(zone).toBe('Asia/Tokyo');
  let n = 0;
  page.on('request', (request) => (n += Number(request.resourceType() === 'document')));
  const comeFrom = async (value: string) => {
    await page.context().addCookies([{ name: 'tz', value, url: new URL('/', page.url()).href }]);
    n = 0;
    await chat.reload();
  };

  await comeFrom('Europe/Berlin');
  expect([n, await renderedFor(), await zone()]).toEqual([2, 'Asia/Tokyo', 'Asia/Tokyo']);
  await chat.say('Good evening');
  const sent = new Date();
  await chat.reload();
  expect(n).toBe(3);
  const times = [sent, new Date(sent.getTime() - 60_000)].map(inTokyo);
  expect(times).toContain(await chat.messages.last().locator('time').textContent());

  // Where the cookie cannot be changed, that is tried once.
  await page.addInitScript(() => Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set: () => {} }));
  await comeFrom('Europe/Berlin');
  expect([n, await renderedFor()]).toEqual([2, 'Europe/Berlin']);
});

test('a message sent between rendering and connecting is not lost', async ({ enter, openPage }) => {
  const ada = await enter();
  const page = await openPage();
  const bo = new Chat(page);
  await page.goto('/r/general');
  await page.getByRole('button', { name: 'Come in as a guest' }).click();
  await expect(bo.composer).toBeVisible();
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await page.route('**/*.wasm', async (route) => {
    await held;
    await route.continue();
  });

  await bo.connecting(async () => {
    await page.reload({ waitUntil: 'commit' });
    await expect(bo.composer).toBeVisible();
    await ada.say('Sent in between, first');
    await ada.say('Sent in between, second');
    await expect(bo.message('Sent in between, first')).toHaveCount(0);
    letGo();
  });

  await expect(bo.message('Sent in between, second')).toBeVisible();
  const texts = await bo.texts();
  expect(texts.filter((it) => it.startsWith('Sent in between'))).toEqual(['Sent in between, first', 'Sent in between, second']);
});

test('from room to room no document is loaded, and back and forward work', async ({ enterAs }) => {
  const { chat } = await enterAs('Ada');
  await chat.say('Said in General');
  const address = await chat.createRoom('Attic');
  await chat.say('Said in the attic');
  const documents: string[] = [];
  chat.page.on('request', (request) => {
    if (request.resourceType() === 'document') documents.push(request.url());
  });

  await chat.goTo('General');
  await expect(chat.page).toHaveURL(/\/r\/general$/);
  await expect(chat.message('Said in General')).toBeVisible();
  await expect(chat.message('Said in the attic')).toHaveCount(0);
  await chat.goTo('Attic');
  await expect(chat.message('Said in the attic')).toBeVisible();

  await chat.page.goBack();
  await expect(chat.heading).toHaveText('General');
  await expect(chat.message('Said in General')).toBeVisible();
  await chat.page.goForward();
  await expect(chat.heading).toHaveText('Attic');
  await expect(chat.page).toHaveURL(new RegExp(`/r/${address}$`));
  await expect(chat.page).toHaveTitle('Attic · Hubbub');
  await expect(chat.message('Said in the attic')).toBeVisible();
  expect(documents).toEqual([]);
});

test('an address where nothing is says so, and leads on', async ({ page, complaints }) => {
  complaints.expect(/status of 404/);

  expect((await page.goto('/r/nowhere'))?.status()).toBe(404);
  await expect(page.getByText('There is no such room.')).toBeVisible();
  await page.getByRole('link', { name: 'See which rooms there are' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Rooms' })).toBeVisible();

  expect((await page.goto('/no/such/page'))?.status()).toBe(404);
  await page.getByRole('link', { name: 'To the rooms' }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'General' })).toBeVisible();
});

declare global {
  interface Window {
    /** The elements that came as HTML. */
    stamped?: Element[];
    /** What has moved without being touched: Chromium's layout shifts. */
    moved?: string[];
  }
}

/** Runs in the page, before anything else there. */
function watchLoading(): void {
  type Shift = PerformanceEntry & { hadRecentInput: boolean; sources: { node: Node | null }[] };
  const moved: string[] = [];
  window.moved = moved;
  new PerformanceObserver((list) => {
    const shifts = (list.getEntries() as Shift[]).filter((it) => !it.hadRecentInput);
    const nodes = shifts.flatMap((it) => it.sources.map(({ node }) => node));
    moved.push(...nodes.map((node) => (node instanceof Element ? node.outerHTML : (node?.textContent ?? 'nothing'))));
  }).observe({ type: 'layout-shift', buffered: true });
  document.addEventListener('DOMContentLoaded', () => {
    window.stamped = [...document.querySelectorAll('.message, .sidebar__room, .composer__text, h1')];
  });
}

/** The time of day there. */
function inTokyo(at: Date): string {
  return at.toLocaleTimeString('en-GB', { timeZone: 'Asia/Tokyo', hour: '2-digit', minute: '2-digit' });
}

/** What the files of a database hold. The index follows it by itself. */
async function fingerprint(server: Server): Promise<Record<string, string>> {
  const kept = (await server.stored()).filter(([name]) => !name.endsWith('-shm') && !name.startsWith('index-'));
  const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  return Object.fromEntries(kept.map(([name, bytes]) => [name, hash(bytes)]));
}
