// The network fails, the server dies, the page is old: what was said is there once, and what was written is not lost.

import type { Page } from '@playwright/test';

import { Chat } from '../support/chat.ts';
import { NETWORK } from '../support/complaints.ts';
import { expect, test } from '../support/fixtures.ts';
import { Gate, tryNow } from '../support/gate.ts';
import { enterAsGuest, signIn } from '../support/members.ts';
import { newerThan } from '../support/newer.ts';
import { watchRows, wheelToEnd } from '../support/scrolling.ts';
import { BUILT } from '../support/server.ts';
import { pair, together, type Guest } from '../support/together.ts';

test.describe.configure({ timeout: 90_000 });
test.beforeEach(({ complaints }) => complaints.expect(NETWORK));

/** A try that hangs is given up after ten seconds, and the one after it is soon. */
const BACK = { timeout: 20_000 };
const RECONNECTING = "Reconnecting… What you send now goes out when you're back.";

test('a server that is killed in mid-conversation costs nothing', async ({ enter, server }) => {
  const { ada, bo } = await pair(enter);
  await ada.chat.say('Ada before');
  await bo.chat.say('Bo before');
  for (const { chat } of [ada, bo]) await expect(chat.drafts).toHaveCount(0);

  await server.kill();
  await expect(ada.chat.banner).toContainText(RECONNECTING);
  await ada.chat.say('Ada meanwhile');
  await bo.chat.say('Bo meanwhile');
  await ada.chat.say('Ada again');
  await expect(ada.chat.drafts).toHaveCount(2);
  await expect(ada.chat.drafts.first().getByRole('img', { name: 'Sending' })).toBeVisible();
  expect(await kept(ada.chat)).toEqual(['Ada meanwhile', 'Ada again']);

  await server.restart();
  for (const { chat } of [ada, bo]) {
    await tryNow(chat.page);
    await expect(chat.banner).toHaveText('', BACK);
    await expect(chat.drafts).toHaveCount(0, BACK);
  }
  await ada.chat.say('Ada after');
  await bo.chat.say('Bo after');

  for (const { chat } of [ada, bo]) {
    await expect(chat.messages).toHaveCount(7);
    await expect(chat.drafts).toHaveCount(0);
  }
  const log = await ada.chat.texts();
  expect(await bo.chat.texts()).toEqual(log);
  expect(log.filter((it) => it.startsWith('Ada'))).toEqual(['Ada before', 'Ada meanwhile', 'Ada again', 'Ada after']);
  expect(log.filter((it) => it.startsWith('Bo'))).toEqual(['Bo before', 'Bo meanwhile', 'Bo after']);
  expect(await kept(ada.chat)).toEqual([]);
});

test('without a network the page says so, and what was missed comes in order', async ({ enter }) => {
  const { ada, bo } = await pair(enter);
  await ada.chat.page.context().setOffline(true);
  await expect(ada.chat.banner).toHaveText("You're offline. What you send now goes out when you're back.");
  await ada.chat.say('From nowhere');
  for (const text of ['One', 'Two', 'Three']) await bo.chat.say(text);
  await ada.chat.page.getByRole('link', { name: 'All rooms, or a new one' }).click();
  await expect(ada.chat.banner).toContainText("You're offline.");
  await ada.chat.page.goBack();
  await ada.chat.page.context().setOffline(false);

  await expect(ada.chat.banner).toHaveText('', BACK);
  await expect(ada.chat.drafts).toHaveCount(0);
  for (const { chat } of [ada, bo]) {
    await expect.poll(() => chat.texts()).toEqual(['One', 'Two', 'Three', 'From nowhere']);
  }
});

test('who does not want to wait tries now', async ({ openPage, server }) => {
  const page = await openPage();
  await page.clock.install();
  const chat = await enterAsGuest(page);
  await server.kill();
  await expect(chat.banner).toContainText(RECONNECTING);
  // Its timers stand still, so that the next try can only be the member's.
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 5_000));
  await server.restart();

  const tried = page.waitForEvent('websocket');
  await chat.banner.getByRole('button', { name: 'Try now' }).click();
  await tried;
  await page.clock.resume();
  await expect(chat.banner).toHaveText('');
  await expect(chat.composer).toBeFocused();
});

test('what waits outlives a reload', async ({ enter, openPage }) => {
  const { ada, bo, page, gate } = await behindGate(enter, openPage);

  await gate.shut();
  await expect(bo.banner).toContainText(RECONNECTING);
  for (const text of ['First', 'Second', 'Third']) await bo.say(text);
  await page.reload();
  await expect(bo.drafts).toHaveText([/First/, /Second/, /Third/]);
  await expect(ada.chat.messages).toHaveCount(0);
  await gate.open();

  await expect.poll(() => ada.chat.texts(), BACK).toEqual(['First', 'Second', 'Third']);
  await expect(bo.drafts).toHaveCount(0);
  await expect.poll(() => bo.texts()).toEqual(['First', 'Second', 'Third']);
  expect(gate.sent).toEqual(['First', 'Second', 'Third']);
  expect(await kept(bo)).toEqual([]);
});

test('of two tabs one sends, and the other takes over what a closed one left', async ({ enter, openPage }) => {
  const { room, ada, bo: first, page, gate } = await behindGate(enter, openPage);
  const otherPage = await page.context().newPage();
  const otherGate = await Gate.before(otherPage);
  const second = new Chat(otherPage);
  await second.open(room);

  await Promise.all([gate.shut(), otherGate.shut()]);
  await first.say('One');
  await first.say('Two');
  await gate.open();
  await otherGate.open();
  await expect.poll(() => ada.chat.texts(), BACK).toEqual(['One', 'Two']);
  expect([gate.sent, otherGate.sent]).toEqual([['One', 'Two'], []]);
  // Others see a message before its author hears that it is durable: what was not heard would be sent again.
  for (const { drafts } of [first, second]) await expect(drafts).toHaveCount(0);

  await Promise.all([gate.shut(), otherGate.shut()]);
  await expect(first.banner).toContainText(RECONNECTING);
  await first.say('Three');
  await page.close();
  await expect(second.drafts).toHaveText([/Three/], { timeout: 15_000 });
  await otherGate.open();
  await expect.poll(() => ada.chat.texts(), BACK).toEqual(['One', 'Two', 'Three']);
  expect(otherGate.sent).toEqual(['Three']);
});

test('nobody sends what another member wrote on the same device', async ({ enterAs, openPage }) => {
  const [ada, bo] = [await enterAs('Ada'), await enterAs('Bo')];
  const page = await openPage();
  const gate = await Gate.before(page);
  await signIn(page, ada.name);
  const shared = new Chat(page);
  await shared.open();
  await gate.shut();
  await shared.say('Only Ada says this');

  await signOut(page);
  await gate.open();
  await signIn(page, bo.name);
  await shared.open();
  await shared.say('Bo was here');
  await expect(ada.chat.message('Bo was here')).toBeVisible();
  await expect(shared.drafts).toHaveCount(0);
  await expect(ada.chat.message('Only Ada says this')).toHaveCount(0);
  expect(await kept(shared)).toEqual(['Only Ada says this']);

  await signOut(page);
  await signIn(page, ada.name);
  await shared.open();
  await expect(bo.chat.message('Only Ada says this')).toBeVisible();
  expect(gate.sent).toEqual(['Bo was here', 'Only Ada says this']);
});

test('what the server refuses stays with its reason, to be tried again or discarded', async ({ enter, openPage }) => {
  const { room, ada, bo, page, gate } = await behindGate(enter, openPage);
  const elsewhere = new Chat(await page.context().newPage());
  await elsewhere.open(room);

  await gate.shut();
  await bo.say('Keep this');
  await bo.say('Forget this');
  await elsewhere.leave();
  await expect(elsewhere.page.getByRole('button', { name: 'Join to talk' })).toBeVisible();
  // It would take the drafts over while this page is loaded anew.
  await elsewhere.page.close();
  await gate.open();

  const [keep, forget] = [bo.drafts.filter({ hasText: 'Keep this' }), bo.drafts.filter({ hasText: 'Forget this' })];
  const why = "You're not in this room. Join it first; your text is kept.";
  await expect(keep.getByRole('alert')).toContainText(why, BACK);
  await expect(forget.getByRole('alert')).toContainText(why);
  await expect.poll(async () => (await keptDrafts(bo)).map((it) => it.refusal?.code)).toEqual(['not_in_room', 'not_in_room']);
  await page.reload();
  await expect(keep.getByRole('alert')).toContainText(why);
  await expect(forget.getByRole('alert')).toContainText(why);
  await keep.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => gate.sent.length).toBe(3);
  await expect(keep.getByRole('alert')).toContainText(why);

  await forget.getByRole('button', { name: 'Discard' }).click();
  await expect(bo.drafts).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'Join to talk' })).toBeFocused();
  await expect.poll(() => kept(bo)).toEqual(['Keep this']);
  await bo.join();
  await expect(bo.composer).toBeFocused();
  await keep.getByRole('button', { name: 'Try again' }).click();
  await expect(bo.composer).toBeFocused();
  await expect(ada.chat.message('Keep this')).toBeVisible();
  await expect(bo.drafts).toHaveCount(0);
  await expect(ada.chat.message('Forget this')).toHaveCount(0);
  expect(gate.sent).toEqual(['Keep this', 'Forget this', 'Keep this', 'Keep this']);
});

test('an old page says that there is a newer one, and loses nothing by its reload', async ({ enter, openPage, server }) => {
  const { ada, bo, gate } = await behindGate(enter, openPage);
  const newer = await newerThan(BUILT);
  try {
    await server.restart(newer.program);
    await tryNow(bo.page);
    await expect(bo.banner).toContainText('There is a newer Hubbub.', BACK);
    await bo.say('The old page still talks');
    await expect(ada.chat.message('The old page still talks')).toBeVisible(BACK);
    await gate.shut();
    await bo.say('And this waits');
    await gate.open();
    await bo.connecting(() => bo.banner.getByRole('button', { name: 'Reload' }).click(BACK));
    await expect(ada.chat.message('And this waits')).toBeVisible(BACK);
    await expect(bo.message('And this waits')).toHaveCount(1);
    await expect(bo.drafts).toHaveCount(0);
    await expect(bo.banner).toHaveText('');
  } finally {
    await server.restart(BUILT);
    await newer.remove();
  }
});

test('a page that cannot read the server stops, says so, and keeps what is written', async ({ enter, openPage }) => {
  const { ada, bo, gate } = await behindGate(enter, openPage);

  gate.say('{"type":"of_next_year"}');
  await expect(bo.banner).toContainText('The server speaks a newer language than this page.');
  await bo.say('Written in the old language');
  expect(await kept(bo)).toEqual(['Written in the old language']);
  await bo.connecting(() => bo.banner.getByRole('button', { name: 'Reload' }).click());

  await expect(ada.chat.message('Written in the old language')).toBeVisible(BACK);
  await expect(bo.drafts).toHaveCount(0);
});

test('more than five hundred missed messages are shown right', async ({ enter, server }) => {
  const { room, ada, bo } = await pair(enter);
  for (let n = 1; n <= 30; n += 1) await ada.chat.say(`Before ${n}`);
  await expect(bo.chat.message('Before 30')).toBeVisible();
  await bo.chat.timeline.hover();
  await bo.chat.page.mouse.wheel(0, -600);
  await expect(bo.chat.page.locator('.timeline__newest')).toBeVisible();

  await server.kill();
  await server.run('seed', '--messages', '520', '--room', room);
  await server.restart();

  // Who was at the end is there again; who read on above still does, and finds the rest below.
  await expect(ada.chat.timeline.locator('#m550')).toBeInViewport(BACK);
  await expect(bo.chat.page.locator('.timeline__newest')).toHaveText(/^520 new/, BACK);
  const [up, down] = [await watchRows(ada.chat), await watchRows(bo.chat)];
  await wheelToEnd(ada.chat, 'top');
  await wheelToEnd(bo.chat, 'bottom');
  const [ofAda, ofBo] = [await up(), await down()];
  expect([ofAda.wrong, ofBo.wrong]).toEqual([[], []]);
  expect([...ofAda.seen].sort((one, other) => one - other)).toEqual(Array.from({ length: 550 }, (_, at) => at + 1));
  expect(ofBo.seen).toEqual([...ofBo.seen].sort((one, other) => one - other));
  expect(ofBo.seen.at(-1)! - ofBo.seen[0]! + 1).toBe(ofBo.seen.length);
  expect(ofBo.seen.at(-1)).toBe(550);
});

test('a browser that stores nothing and locks nothing still talks, and says what it cannot do', async ({ enter, openPage }) => {
  const { room, guests } = await together(enter, 1);
  const [ada] = guests as [Guest];
  const page = await openPage();
  await page.addInitScript(() => {
    Object.defineProperty(window, 'indexedDB', { get: () => undefined });
    Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined });
  });
  const gate = await Gate.before(page);
  const bo = await enterAsGuest(page, room);
  await bo.join();
  await bo.say('Hello from a bare browser');
  await expect(ada.chat.message('Hello from a bare browser')).toBeVisible();

  await gate.shut();
  await expect(bo.banner).toContainText('Keep this page open until then: this browser stores nothing.');
  await bo.say('From memory alone');
  await gate.open();
  await expect(ada.chat.message('From memory alone')).toBeVisible(BACK);
  await expect(bo.drafts).toHaveCount(0);
});

/** Somebody in a room of its own, and somebody whose connections there go through a gate. */
async function behindGate(enter: () => Promise<Chat>, openPage: () => Promise<Page>) {
  const { room, guests } = await together(enter, 1);
  const [ada] = guests as [Guest];
  const page = await openPage();
  const gate = await Gate.before(page);
  const bo = await enterAsGuest(page, room);
  await bo.join();
  return { room, ada, bo, page, gate };
}

/** A draft as the browser keeps it. */
interface KeptDraft {
  at: number;
  text: string;
  refusal: { code: string } | null;
}

/** The texts that the browser keeps until they are durable. */
async function kept(chat: Chat): Promise<string[]> {
  return (await keptDrafts(chat)).map((it) => it.text);
}

/** What it keeps with them, in the order in which they were written. */
async function keptDrafts(chat: Chat): Promise<KeptDraft[]> {
  return chat.page.evaluate(async () => {
    const answer = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await answer(indexedDB.open('hubbub'));
    const drafts = await answer<string[]>(database.transaction('outbox').objectStore('outbox').getAll());
    database.close();
    const parsed = drafts.map((it) => JSON.parse(it) as KeptDraft);
    return parsed.sort((one, other) => one.at - other.at);
  });
}

async function signOut(page: Chat['page']): Promise<void> {
  await page.goto('/account');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page.getByRole('link', { name: 'Sign in' }).first()).toBeVisible();
}
