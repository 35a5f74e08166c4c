// Who is typing, on a line of its own.

import type { Chat } from '../support/chat.ts';
import { expect, test } from '../support/fixtures.ts';
import { ownName } from '../support/members.ts';
import { pair, together, type Guest } from '../support/together.ts';

test.describe.configure({ timeout: 60_000 });

/** What is typed lapses after five seconds; this leaves a slow machine time beyond it. */
const LAPSE = { timeout: 8_000 };

test('typing is seen by name, and is gone with the message', async ({ enter }) => {
  const { ada, bo } = await pair(enter);

  await ada.chat.composer.pressSequentially('Hello');
  await expect(line(bo.chat)).toHaveText(`${ada.name} is typing…`);
  await expect(line(ada.chat)).toHaveText('');

  // Both are looked at in one moment: the message must not stand there with its author still typing.
  const typing = bo.chat.page.evaluate(typingWhenMessageCame);
  await ada.chat.composer.press('Enter');
  expect(await typing).toBe('');
});

test('two are named, more are several, and all of it lapses by itself', async ({ enter }) => {
  const { guests } = await together(enter, 4);
  const [ada, bo, cy, di] = guests as [Guest, Guest, Guest, Guest];

  await ada.chat.composer.pressSequentially('a');
  await bo.chat.composer.pressSequentially('b');
  await expect(line(di.chat)).toHaveText(`${ada.name} and ${bo.name} are typing…`);
  await cy.chat.composer.pressSequentially('c');
  await expect(line(di.chat)).toHaveText('several people are typing…');
  // Nobody is told of themselves.
  await expect(line(ada.chat)).toHaveText(`${bo.name} and ${cy.name} are typing…`);

  await expect(line(di.chat)).toHaveText('', LAPSE);
  await expect(line(ada.chat)).toHaveText('', LAPSE);
});

test('who goes on typing is still seen after the time in which it would lapse', async ({ enter }) => {
  const { ada, bo } = await pair(enter);

  await ada.chat.composer.pressSequentially('a');
  await expect(line(bo.chat)).toHaveText(`${ada.name} is typing…`);
  const gaps = bo.chat.page.evaluate(watchForGaps);
  await ada.chat.composer.pressSequentially('0123456789abcdef', { delay: 500 });
  await bo.chat.page.evaluate(() => window.dispatchEvent(new Event('enough')));

  expect(await gaps).toBe(0);
});

test('who opens the room late sees who is typing', async ({ enter }) => {
  const { room, guests } = await together(enter, 1);
  const [ada] = guests as [Guest];
  const bo = await enter();

  await ada.chat.composer.pressSequentially('a');
  const typing = ada.chat.composer.pressSequentially('0123456789', { delay: 400 });
  await bo.open(room);
  await bo.join();
  await expect(line(bo)).toHaveText(`${ada.name} is typing…`);
  await typing;
});

test('nothing shifts when somebody types', async ({ enter }) => {
  const { ada, bo } = await pair(enter);
  await ada.chat.say('Hello');
  await expect(bo.chat.message('Hello')).toBeVisible();
  const before = await places(bo.chat);

  await ada.chat.composer.pressSequentially('More');
  await expect(line(bo.chat)).toHaveText(`${ada.name} is typing…`);

  expect(await places(bo.chat)).toEqual(before);
});

test('typing in one room is not seen in another', async ({ enter }) => {
  const { ada, bo } = await pair(enter);
  const cy = await enter();

  await bo.chat.goTo('General');
  await ada.chat.composer.pressSequentially('a');
  await cy.composer.pressSequentially('c');

  await expect(line(bo.chat)).toHaveText(`${await ownName(cy)} is typing…`);
});

function line(chat: Chat) {
  return chat.page.locator('.typing__words');
}

/** Where everything below the header stands. */
async function places(chat: Chat) {
  const boxes = ['.timeline', '.message', '.composer', '.composer__text'].map((it) => chat.page.locator(it).last().boundingBox());
  return Promise.all(boxes);
}

/** In the page: who is said to type at the moment at which the next message is there. */
function typingWhenMessageCame(): Promise<string> {
  return new Promise((resolve) => {
    const rows = document.querySelector('.timeline__rows')!;
    const look = new MutationObserver(() => {
      look.disconnect();
      requestAnimationFrame(() => resolve(document.querySelector('.typing__words')!.textContent ?? ''));
    });
    look.observe(rows, { childList: true });
  });
}

/** In the page: how often the line was empty until it was enough. */
function watchForGaps(): Promise<number> {
  return new Promise((resolve) => {
    let nGaps = 0;
    const words = document.querySelector('.typing__words')!;
    const look = new MutationObserver(() => (nGaps += words.textContent ? 0 : 1));
    look.observe(words, { childList: true, characterData: true, subtree: true });
    window.addEventListener('enough', () => resolve(nGaps), { once: true });
  });
}
