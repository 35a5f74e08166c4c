// Who is here, who came and who went.

import { Chat } from '../support/chat.ts';
import { expect, test } from '../support/fixtures.ts';
import { STACK } from '../support/server.ts';
import { comeTo, nHere, pair, together, type Guest } from '../support/together.ts';

// Several people come in one after the other, each with a browser of their own.
test.describe.configure({ timeout: 60_000 });

/** Who drops stays for the grace of a reload, five seconds; this leaves a slow machine time beyond it. */
const GRACE = { timeout: 12_000 };

test('who is here is counted, listed, and said in a line that is no message', async ({ enter }) => {
  const { room, guests } = await together(enter, 1);
  const [ada] = guests as [Guest];
  await ada.chat.say('Hello');

  const bo = await comeTo(enter, room);

  await expect(nHere(ada.chat)).toHaveText('2 here');
  await expect(here(ada.chat)).toContainText([ada.name, bo.name].sort());
  await expect(notes(ada.chat)).toHaveText(`${bo.name} came`);
  await expect(nHere(bo.chat)).toHaveText('2 here');
  await expect(here(bo.chat)).toContainText([ada.name, bo.name].sort());
  // A page that comes to another node may be told once more of who came just before: nodes write down who is there every
  // three seconds.
  if (!STACK) await expect(notes(bo.chat)).toHaveCount(0);

  // It is not of the log: whoever loads the room has the message alone, and nothing is unread.
  await expect(ada.chat.messages).toHaveCount(1);
  await expect(ada.chat.page).toHaveTitle(/^Nook/);
  for (const { chat } of [ada, bo]) {
    await expect(async () => {
      await chat.reload();
      await expect(chat.messages).toHaveCount(1);
      await expect(notes(chat)).toHaveCount(0, { timeout: 1_000 });
    }).toPass(GRACE);
  }
});

test('an empty room says too who came', async ({ enter }) => {
  const { room, guests } = await together(enter, 1);
  const [ada] = guests as [Guest];

  const bo = await comeTo(enter, room);

  await expect(notes(ada.chat)).toHaveText(`${bo.name} came`);
});

test('those who come and go between two messages share a line', async ({ enter }) => {
  const { room, guests } = await together(enter, 1);
  const [ada] = guests as [Guest];
  await ada.chat.say('One');

  const [bo, cy, di] = [await comeTo(enter, room), await comeTo(enter, room), await comeTo(enter, room)];
  await expect(notes(ada.chat)).toHaveText(`${bo.name}, ${cy.name} and one other came`);
  await ada.chat.say('Two');
  await di.chat.page.close();

  await expect(notes(ada.chat).last()).toHaveText(`${di.name} went`, GRACE);
  await expect(notes(ada.chat)).toHaveCount(2);
  await expect(nHere(ada.chat)).toHaveText('3 here');
  await expect(away(ada.chat)).toContainText([di.name]);
  await expect(here(ada.chat)).toHaveCount(3);
});

test('three tabs are one person, who is here until the last of them closes', async ({ enter }) => {
  const { room, ada, bo } = await pair(enter);
  await ada.chat.say('Hello');
  const counts = await recordCounts(ada.chat);

  const tabs = [await anotherTab(bo.chat, room), await anotherTab(bo.chat, room)];
  await expect(nHere(tabs[0]!)).toHaveText('2 here');
  await expect(nHere(tabs[1]!)).toHaveText('2 here');
  await bo.chat.page.close();
  await tabs[0]!.page.close();
  await ada.chat.say('Still there?');
  await expect(tabs[1]!.message('Still there?')).toBeVisible();
  expect(await counts()).toEqual([]);

  await tabs[1]!.page.close();
  await expect(nHere(ada.chat)).toHaveText('1 here', GRACE);
  await expect(notes(ada.chat)).toHaveText([`${bo.name} came`, `${bo.name} went`]);
  expect(await counts()).toEqual(['1 here']);
});

test('a reload is neither a leave nor a join', async ({ enter }) => {
  const { guests } = await together(enter, 3);
  const [ada, bo, cy] = guests as [Guest, Guest, Guest];
  await ada.chat.say('Hello');
  const counts = await recordCounts(ada.chat);

  await bo.chat.reload();
  await expect(nHere(bo.chat)).toHaveText('3 here');
  // Cy goes after that, so that by the time this is told, a leave of Bo's would have been told too.
  await cy.chat.page.close();
  await expect(nHere(ada.chat)).toHaveText('2 here', GRACE);

  expect(await counts()).toEqual(['2 here']);
  await expect(notes(ada.chat)).toHaveText([`${bo.name} and ${cy.name} came`, `${cy.name} went`]);
});

test('who leaves the room itself is gone at once, and comes back by joining', async ({ enter }) => {
  const { ada, bo } = await pair(enter);
  await ada.chat.say('Hello');

  await bo.chat.leave();
  await expect(nHere(ada.chat)).toHaveText('1 here', { timeout: 4_000 });
  await expect(here(ada.chat)).toHaveText([new RegExp(ada.name)]);
  await expect(notes(ada.chat)).toHaveText([`${bo.name} came`, `${bo.name} went`]);

  // Who went and came back between two messages did neither.
  await bo.chat.join();
  await expect(nHere(ada.chat)).toHaveText('2 here');
  await expect(notes(ada.chat)).toHaveText([`${bo.name} came`]);
});

test('a page that lost its connection says again who is here once it is back', async ({ enter, complaints }) => {
  complaints.expect(/net::ERR_|WebSocket/);
  const { ada, bo } = await pair(enter);

  await ada.chat.page.context().setOffline(true);
  await expect(ada.chat.banner).toContainText("You're offline");
  await bo.chat.page.close();
  await expect(nHere(ada.chat)).toHaveText('2 here');
  await ada.chat.page.context().setOffline(false);

  await expect(nHere(ada.chat)).toHaveText('1 here', GRACE);
  await expect(away(ada.chat)).toContainText([bo.name]);
});

function notes(chat: Chat) {
  return chat.timeline.locator('.message__note');
}

function here(chat: Chat) {
  return chat.people.getByRole('list', { name: 'Here' }).getByRole('listitem');
}

function away(chat: Chat) {
  return chat.people.getByRole('list', { name: 'Away' }).getByRole('listitem');
}

/** The same member, in one more tab of the same browser. */
async function anotherTab(chat: Chat, room: string): Promise<Chat> {
  const tab = new Chat(await chat.page.context().newPage());
  await tab.open(room);
  return tab;
}

/** Writes down what the count becomes, from now on. */
async function recordCounts(chat: Chat): Promise<() => Promise<string[]>> {
  const button = await nHere(chat).elementHandle();
  const counts = await button!.evaluateHandle((element) => {
    const counts: string[] = [];
    new MutationObserver(() => counts.push(element.textContent!.trim())).observe(element, {
      characterData: true,
      childList: true,
      subtree: true,
    });
    return counts;
  });
  return () => counts.evaluate((counts) => [...counts]);
}

test('a name leads to who it is and since when', async ({ enter, enterAs }) => {
  const { guests, room } = await together(enter, 1);
  const [guest] = guests as [Guest];
  const { chat: ada, name } = await enterAs('Ada', room);
  await ada.join();
  const profile = ada.page.getByRole('dialog', { name: 'Profile' });
  const today = new Date().getFullYear().toString();

  await ada.people.getByRole('button', { name: guest.name }).click();
  await expect(profile).toContainText(guest.name);
  await expect(profile).toContainText(new RegExp(`Guest since .* ${today}`));
  await ada.page.keyboard.press('Escape');
  await expect(profile).toBeHidden();

  await ada.people.getByRole('button', { name }).press('Enter');
  await expect(profile).toContainText(name);
  await expect(profile).toContainText(/Member since /);
  await ada.page.keyboard.press('Escape');
  await expect(ada.people.getByRole('button', { name })).toBeFocused();
});
