// A long room: however far one scrolls, every message is there once and little of it exists as elements.

import type { Locator } from '@playwright/test';

import type { Chat } from '../support/chat.ts';
import { expect, test as base } from '../support/fixtures.ts';
import {
  dragToEnd,
  painted,
  pressToEnd,
  watchRows,
  watchTopText,
  wheelBy,
  wheelToEnd,
  type Watched,
} from '../support/scrolling.ts';
import { Server } from '../support/server.ts';

/** Most messages that may exist as elements. */
const MOST = 120;
const LONG = 650;
const ENDLESS = 20_000;

const test = base.extend<object, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await Server.start({ HUBBUB_SENDS: '1000/1000' });
      await server.run('seed', '--messages', `${LONG}`);
      await server.run('seed', '--messages', `${ENDLESS}`, '--room', 'random');
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
});

test.describe.configure({ timeout: 120_000 });
// Headless browsers have no scrollbar to drag unless they are asked for one; and a page is scrolled by a key at once.
test.use({
  launchOptions: async ({ launchOptions }, use) =>
    use({
      ...launchOptions,
      args: [...(launchOptions.args ?? []), '--disable-smooth-scrolling'],
      ignoreDefaultArgs: ['--hide-scrollbars'],
    }),
});

test('the wheel passes every message on the way up and down', async ({ enter }) => {
  const chat = await enter();
  const head = await lastSequence(chat);
  expect(head).toBeGreaterThanOrEqual(LONG);

  const up = await watchRows(chat);
  await wheelToEnd(chat, 'top');
  expectAll(await up(), head);
  await expect(chat.page.getByText('This is where General begins.')).toBeInViewport();
  await expect(message(chat, 1)).toBeInViewport();

  const down = await watchRows(chat);
  await wheelToEnd(chat, 'bottom');
  expectAll(await down(), head);
  await expect(message(chat, head)).toBeInViewport();
});

test('keys pass every message on the way up and down', async ({ enter }) => {
  const chat = await enter();
  const head = await lastSequence(chat);

  const up = await watchRows(chat);
  await pressToEnd(chat, 'top', 'PageUp');
  expectAll(await up(), head);
  const down = await watchRows(chat);
  await pressToEnd(chat, 'bottom', 'PageDown');
  expectAll(await down(), head);

  const jumps = await watchRows(chat);
  await chat.timeline.press('Home');
  await expect(message(chat, 1)).toBeInViewport();
  await chat.timeline.press('End');
  await expect(message(chat, head)).toBeInViewport();
  expectSound(await jumps());
});

test('the scrollbar reaches both ends, and there is never an empty view', async ({ enter }) => {
  const chat = await enter();
  const head = await lastSequence(chat);
  const watched = await watchRows(chat);

  await dragToEnd(chat, 'top');
  await expect(message(chat, 1)).toBeInViewport();
  await dragToEnd(chat, 'bottom');
  await expect(message(chat, head)).toBeInViewport();

  expectSound(await watched());
});

test('a room of twenty thousand is as small', async ({ enter }) => {
  const chat = await enter('random');
  await chat.join();
  const head = await lastSequence(chat);
  expect(head).toBeGreaterThanOrEqual(ENDLESS);
  const watched = await watchRows(chat);

  await chat.timeline.press('Home');
  await expect(message(chat, 1)).toBeInViewport();
  await wheelBy(chat, 5_000);
  await chat.page.getByRole('button', { name: 'To the newest' }).click();
  await expect(chat.timeline).toBeFocused();
  await expect(message(chat, head)).toBeInViewport();
  await wheelBy(chat, -10_000);
  expect(await lastSequence(chat)).toBeLessThan(head);
  expectSound(await watched());

  await chat.open('random/10000');
  await expect(message(chat, 10_000)).toBeInViewport();
  const middle = await watchRows(chat);
  await wheelBy(chat, -10_000);
  await wheelBy(chat, 20_000);
  const { seen } = await middle();
  expect(Math.max(...seen)).toBeGreaterThan(10_100);
  expectWithoutHoles(seen);
  expectSound(await middle());
});

// Takes many minutes.
test('twenty thousand messages, from the last to the first and back', { tag: '@full' }, async ({ enter }) => {
  test.setTimeout(3_600_000);
  const chat = await enter('random');
  await chat.join();
  const head = await lastSequence(chat);

  const up = await watchRows(chat);
  await wheelToEnd(chat, 'top');
  const seenUp = await up();
  expectAll(seenUp, head);
  const down = await watchRows(chat);
  await wheelToEnd(chat, 'bottom');
  const seenDown = await down();
  expectAll(seenDown, head);
  const most = Math.max(seenUp.most, seenDown.most);
  console.log(`result: ${head} messages by the wheel, up and down: each in view, at most ${most} elements at once`);
});

test('what is read stays where it is while others write', async ({ enter }) => {
  const [ada, bo] = [await enter(), await enter()];
  await ada.timeline.hover();
  await ada.page.mouse.wheel(0, -1_500);
  await expect(pill(ada)).toHaveText(/To the newest/);
  await painted(ada);
  const watched = await watchTopText(ada);

  for (let n = 1; n <= 12; n += 1) await bo.say(`Number ${n} of what comes meanwhile`);

  await expect(pill(ada)).toHaveText(/^12 new/);
  expect(await watched()).toBeLessThanOrEqual(1);
  await pill(ada).click();
  await expect(ada.message('Number 12 of what comes meanwhile')).toBeInViewport();
  await expect(pill(ada)).toHaveCount(0);
});

test('what is read stays where it is when older messages come in', async ({ enter }) => {
  const chat = await enter();
  const gate = await holdPages(chat);
  await chat.reload();
  await wheelBy(chat, -10_000); // As far as is loaded.
  const before = await firstSequence(chat);
  expect(before).toBeGreaterThan(1);
  const watched = await watchTopText(chat);

  await gate.open();
  await expect.poll(() => firstSequence(chat)).toBeLessThan(before);
  await painted(chat);

  expect(await watched()).toBeLessThanOrEqual(1);
});

test('a link to a message shows it among its neighbours, and marks it for a moment', async ({ enter, openPage }) => {
  const chat = await enter();
  await chat.open('general/42');
  await expect(message(chat, 42)).toBeInViewport();
  await expect(message(chat, 42)).toHaveClass(/message--marked/);
  await expect(message(chat, 42)).not.toHaveClass(/message--marked/, { timeout: 4_000 });
  await expect(pill(chat)).toHaveText(/To the newest/);
  const watched = await watchRows(chat);
  await wheelToEnd(chat, 'top');
  await expect(message(chat, 1)).toBeInViewport();
  expectSound(await watched());

  // The same without any script.
  const still = await openPage({ javaScriptEnabled: false });
  await still.goto('/r/general/42');
  await expect(still.locator('#m42')).toBeVisible();
});

test('a link in the page brings its message into view without another document', async ({ enter }) => {
  const chat = await enter();
  const link = chat.timeline.locator('.message').nth(-5).getByRole('link', { name: /link to this message/ });
  const address = (await link.getAttribute('href'))!;
  const documents: string[] = [];
  chat.page.on('request', (request) => request.isNavigationRequest() && documents.push(request.url()));

  await link.focus();
  await link.press('Enter');

  await expect(chat.page).toHaveURL(new RegExp(`${address}$`));
  await expect(chat.timeline.locator('.message--marked')).toHaveId(`m${address.split('/').at(-1)}`);
  expect(documents).toEqual([]);
});

test('a window of another size shows the same row', async ({ enter }) => {
  const chat = await enter();
  await chat.timeline.hover();
  await chat.page.mouse.wheel(0, -2_000);
  await expect(pill(chat)).toBeVisible();
  await painted(chat);
  const before = await topRow(chat);

  for (const [width, height] of [[390, 844], [1920, 1080], [1280, 720]] as const) {
    await chat.page.setViewportSize({ width, height });
    await painted(chat);
    await expect.poll(() => topRow(chat).then((it) => it.id)).toBe(before.id);
  }
  const after = await topRow(chat);
  expect(Math.abs(after.top - before.top)).toBeLessThanOrEqual(1);
});

test('who is at the end stays there when the window changes, and when others write', async ({ enter }) => {
  const [ada, bo] = [await enter(), await enter()];
  await ada.page.setViewportSize({ width: 390, height: 600 });
  await bo.say('Are you still at the end?');

  await expect(ada.message('Are you still at the end?')).toBeInViewport();
  await expect(pill(ada)).toHaveCount(0);
});

/** Every message from 1 on was in view, in a sound timeline. */
function expectAll(watched: Watched, head: number): void {
  expectSound(watched);
  expectWithoutHoles(watched.seen);
  expect([Math.min(...watched.seen), Math.max(...watched.seen)]).toEqual([1, head]);
}

/** Between the first and the last that were seen, all were. */
function expectWithoutHoles(seen: number[]): void {
  const sorted = [...seen].sort((one, other) => one - other);
  const holes = sorted.slice(1).flatMap((it, at) => (it === sorted[at]! + 1 ? [] : [`${sorted[at]} to ${it}`]));
  expect(holes).toEqual([]);
}

function expectSound({ most, wrong }: Watched): void {
  expect(wrong).toEqual([]);
  expect(most).toBeLessThanOrEqual(MOST);
  expect(most).toBeGreaterThan(0);
}

function message(chat: Chat, sequence: number): Locator {
  return chat.timeline.locator(`#m${sequence}`);
}

function pill(chat: Chat): Locator {
  return chat.page.locator('.timeline__newest');
}

async function firstSequence(chat: Chat): Promise<number> {
  return Number((await chat.timeline.locator('.timeline__rows > .message').first().getAttribute('id'))!.slice(1));
}

async function lastSequence(chat: Chat): Promise<number> {
  return Number((await chat.timeline.locator('.timeline__rows > .message').last().getAttribute('id'))!.slice(1));
}

/** The row that the view begins with, and where its upper edge is. */
async function topRow(chat: Chat): Promise<{ id: string; top: number }> {
  return chat.timeline.evaluate((scroller) => {
    const view = scroller.getBoundingClientRect();
    const rows = [...scroller.querySelectorAll('.timeline__rows > .message')];
    const row = rows.find((it) => it.getBoundingClientRect().bottom > view.top + 1)!;
    return { id: row.id, top: row.getBoundingClientRect().top - view.top };
  });
}

/** Keeps pages of history back, from the next connection on, until the gate is opened. */
async function holdPages(chat: Chat): Promise<{ open: () => void }> {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  await chat.page.routeWebSocket(/\/ws$/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage(async (frame) => {
      if (String(frame).includes('"type":"page"')) await opened;
      socket.send(frame);
    });
  });
  return { open };
}
