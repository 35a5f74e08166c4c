// How the pages look, to eyes, to keyboards and to screen readers.

import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { Chat } from '../support/chat.ts';
import { NETWORK } from '../support/complaints.ts';
import { expect, test } from '../support/fixtures.ts';
import { invite } from '../support/invitations.ts';
import { freshName, ownName, PASSWORD, signUp } from '../support/members.ts';
import { freshWord, Searching } from '../support/searching.ts';
import { Settings } from '../support/settings.ts';

const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 800 };

for (const [where, viewport] of [['on a desktop', DESKTOP], ['on a phone', PHONE]] as const) {
  test(`nothing on any page keeps anybody out: ${where}`, async ({ openPage, enter, complaints }) => {
    test.setTimeout(150_000);
    complaints.expect(/status of 404/);
    const bo = await enter();
    const page = await openPage({ viewport });
    const chat = new Chat(page);

    await page.goto('/r/general');
    await passes(page, 'a room, to a visitor');
    for (const [path, heading] of [['/rooms', 'Rooms'], ['/reset', 'Set a new password'], ['/welcome', 'Nothing to show'], ['/r/nowhere', 'Not here'], ['/nowhere', 'Nothing here'], ['/account', "You're not signed in"], ['/account/delete', "You're not signed in"], ['/account?done=gone', 'Deleted for good'], ['/join/unknown', 'This link leads nowhere']] as const) {
      await page.goto(path);
      await expect(chat.heading).toHaveText(heading);
      await passes(page, path);
    }
    await page.goto('/sign-up');
    await page.getByLabel('Name').fill('A');
    await page.getByLabel('Password').fill('short');
    await page.getByRole('button', { name: 'Make account' }).click();
    await expect(page.getByRole('alert')).toBeVisible();
    await passes(page, 'sign-up with errors');
    await page.goto('/sign-in');
    await page.getByLabel('Name').fill('Nobody here');
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert')).toBeVisible();
    await passes(page, 'sign-in with errors');
    await signUp(page, freshName('Ada'));
    await passes(page, 'a recovery code');
    await page.goto('/account');
    await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
    await passes(page, 'an account');
    await page.getByLabel('Name').fill('A');
    await page.getByRole('button', { name: 'Change name' }).click();
    await expect(page.getByRole('alert')).toBeVisible();
    await passes(page, 'an account, and a name that is too short');
    await page.getByRole('link', { name: 'Delete the account' }).click();
    await page.getByLabel('Your name').fill('yes');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Delete the account' }).click();
    await expect(page.getByRole('alert')).toBeVisible();
    await passes(page, 'the way out for good');
    await bo.page.goto('/account');
    await passes(bo.page, 'a guest');
    await bo.open();

    await chat.open();
    const address = await chat.createRoom(freshName('Gallery'), 'Pictures of anything');
    await passes(page, 'an empty room');
    const link = await invite(page, address);
    for (const [invited, who] of [[await openPage({ viewport }), 'a visitor'], [bo.page, 'a guest'], [page, 'a member']] as const) {
      await invited.goto(link);
      await passes(invited, `an invitation, to ${who}`);
    }
    await bo.open();
    await chat.page.goto('/rooms');
    await expect(page.getByRole('button', { name: 'Make the room' })).toBeVisible();
    await page.getByRole('button', { name: 'Make the room' }).click();
    await passes(page, 'the rooms');
    await chat.open(address);
    await bo.open(address);
    await bo.join();
    await bo.say('Look at https://example.org/ and tell me');
    await chat.say('I did');
    await expect(chat.drafts).toHaveCount(0); // What is on its way has no tools, and is pale.
    await chat.message('I did').hover();
    await passes(page, 'the tools of a message');
    await chat.message('I did').getByRole('button', { name: 'Delete' }).click();
    await passes(page, 'a question before a message is deleted');
    await page.getByRole('button', { name: 'Keep' }).click();
    await chat.message('I did').getByRole('button', { name: 'Edit' }).click();
    await passes(page, 'a message that is being edited');
    await page.getByRole('button', { name: 'Leave it as it was' }).click();
    await bo.composer.pressSequentially('He');
    await expect(page.getByText('is typing…')).toBeVisible();
    await chat.composer.fill('x'.repeat(4_001));
    await passes(page, 'a room, and a text that is too long');
    if (await chat.people.isHidden()) await page.getByRole('button', { name: /here$/ }).click();
    await passes(page, 'the people');
    await chat.people.getByRole('button', { name: /Ada/ }).click();
    await expect(page.getByRole('dialog', { name: 'Profile' })).toContainText('Member since');
    await passes(page, 'a profile');
  });
}

for (const [where, viewport] of [['on a desktop', DESKTOP], ['on a phone', PHONE]] as const) {
  test(`nothing in the settings of a room keeps anybody out: ${where}`, async ({ openPage, enter, complaints }) => {
    test.setTimeout(120_000);
    complaints.expect(/status of 40[134]/);
    const bo = await enter();
    const page = await openPage({ viewport });
    const chat = new Chat(page);

    await page.goto('/room/general');
    await passes(page, 'settings, to a visitor');
    await signUp(page, freshName('Ada'));
    await chat.open();
    const room = await chat.createRoom(freshName('Gallery'), 'Pictures of anything');
    await bo.open(room);
    await bo.join();
    const settings = new Settings(page, room);
    await settings.open();
    await passes(page, 'settings, to an admin');
    await invite(page, room);
    await passes(page, 'a new invitation');
    await settings.describe('Gallery', 'x'.repeat(201));
    await expect(page.getByRole('alert')).toBeVisible();
    await passes(page, 'a topic that is too long');
    await settings.delete('Something else');
    await expect(page.getByRole('alert')).toBeVisible();
    await passes(page, 'a room that is not deleted');
    await settings.promote(await ownName(bo));
    await passes(page, 'settings, and what was done');
    for (const [path, what] of [[`/room/${room}`, 'settings, to another admin'], ['/room/help', 'settings, from outside'], ['/room/nowhere', 'settings of no room']] as const) {
      await bo.page.goto(path);
      await passes(bo.page, what);
    }
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(sideways).toBeLessThanOrEqual(0);
  });
}

for (const [where, viewport] of [['on a desktop', DESKTOP], ['on a phone', PHONE]] as const) {
  test(`nothing in the search keeps anybody out: ${where}`, async ({ openPage, enter, complaints }) => {
    test.setTimeout(90_000);
    complaints.expect(NETWORK);
    const { page } = await enter('general', { viewport });
    const searching = new Searching(page);
    const visitor = await openPage({ viewport });

    await visitor.goto('/search');
    await passes(visitor, 'the search, to a visitor');
    const word = freshWord();
    await new Chat(page).say(`Somebody said ${word}`);
    await page.goto('/search');
    await expect(searching.box).toBeFocused();
    await passes(page, 'a search for nothing');
    await searching.find(word);
    await passes(page, 'hits');
    await searching.hits.first().hover();
    await passes(page, 'a hit that one points at');
    await searching.box.pressSequentially(' i');
    await searching.box.press('ArrowDown');
    await passes(page, 'offers');
    await searching.box.fill(freshWord());
    await expect(searching.status).toHaveText('Nothing was found.');
    await passes(page, 'a search that finds nothing');
    await page.route('**/api/search?*', (route) => route.abort());
    await searching.box.fill('anything');
    await expect(page.getByRole('alert')).toBeVisible();
    await passes(page, 'a search that fails');
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(sideways).toBeLessThanOrEqual(0);
  });
}

test('on a phone there is one pane at a time, and the way back works', async ({ openPage }) => {
  const page = await openPage({ viewport: PHONE, hasTouch: true });
  const chat = new Chat(page);
  await signUp(page, freshName('Ada'));
  await chat.open();

  await expect(chat.composer).toBeVisible();
  await expect(chat.rooms).toBeHidden();
  await expect(chat.people).toBeHidden();
  await page.getByRole('link', { name: 'To the list of rooms' }).tap();
  await expect(chat.rooms).toBeVisible();
  await expect(chat.composer).toBeHidden();
  await chat.room('General').tap();
  await expect(chat.composer).toBeVisible();
  await expect(chat.rooms).toBeHidden();

  await page.goBack();
  await expect(chat.rooms).toBeVisible();
  await page.goForward();
  await page.getByRole('button', { name: /here$/ }).tap();
  await expect(chat.people).toBeVisible();
  await page.getByRole('button', { name: 'Hide people' }).tap();
  await expect(chat.people).toBeHidden();
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(sideways).toBeLessThanOrEqual(0);
});

test('everything can be done with the keyboard, and the focus is always seen', async ({ enter, page }) => {
  test.setTimeout(90_000);
  const bo = await enter();
  const chat = new Chat(page);
  const name = freshName('Ada');
  await page.goto('/sign-up');
  await reach(page, page.getByLabel('Name'));
  await page.keyboard.type(name);
  await reach(page, page.getByLabel('Password'));
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await reach(page, page.getByRole('link', { name: "I've kept it, to the rooms" }));
  await chat.connecting(() => page.keyboard.press('Enter'));

  // A new room.
  await reach(page, page.getByRole('link', { name: 'All rooms, or a new one' }));
  await page.keyboard.press('Enter');
  await reach(page, page.getByLabel('Name'));
  const room = freshName('By keyboard');
  await page.keyboard.type(room);
  await page.keyboard.press('Enter');
  await expect(chat.heading).toHaveText(room);

  // A message there, and the room above by a shortcut.
  await reach(page, chat.composer);
  await page.keyboard.type('No mouse was used');
  await page.keyboard.press('Enter');
  await expect(chat.message('No mouse was used')).toBeVisible();
  await page.keyboard.press('Alt+ArrowDown');
  await expect(chat.heading).toHaveText('General');
  await page.keyboard.press('Alt+ArrowUp');
  await expect(chat.heading).toHaveText(room);

  // A message's own address, the people, and the way out.
  await reach(page, chat.message('No mouse was used').getByRole('link'));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/r\/[\w-]+\/1$/);
  await reach(page, page.getByRole('button', { name: /here$/ }));
  await page.keyboard.press('Enter');
  await expect(chat.people).toBeHidden();
  await page.keyboard.press('Enter');
  await expect(chat.people).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(chat.composer).toBeFocused();
  await expect(chat.people).toBeHidden();
  // Its only admin cannot leave the new room.
  await page.keyboard.press('Alt+ArrowDown');
  await expect(chat.heading).toHaveText('General');
  await reach(page, page.getByRole('button', { name: /here$/ }));
  await page.keyboard.press('Enter');
  await reach(page, page.getByRole('button', { name: 'Leave this room' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Stay' })).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await expect(page.getByRole('button', { name: 'Leave', exact: true })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(chat.room('General')).toHaveCount(0);
  await reach(page, page.getByRole('link', { name: new RegExp(name) }));
  await page.keyboard.press('Enter');
  await reach(page, page.getByRole('button', { name: 'Sign out' }));
  await page.keyboard.press('Enter');
  await expect(page.getByText("You're reading as a visitor.")).toBeVisible();
  await expect(bo.composer).toBeVisible();
});

test('what others write is announced once, and one’s own is not', async ({ enterAs }) => {
  const { chat: ada } = await enterAs('Ada');
  const { chat: bo, name } = await enterAs('Bo');
  const log = ada.page.getByRole('log', { name: 'New messages' });
  await log.evaluate((element) => {
    window.announced = [];
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const node of addedNodes) if (node.textContent) window.announced?.push(node.textContent);
    }).observe(element, { childList: true, subtree: true, characterData: true });
  });

  await ada.say('mine');
  for (let n = 1; n <= 15; n += 1) await bo.say(`yours ${n}`);
  await expect(ada.message('yours 15')).toBeVisible();

  const expected = Array.from({ length: 15 }, (_, at) => `${name}: yours ${at + 1}`);
  await expect.poll(() => ada.page.evaluate(() => window.announced)).toEqual(expected);
  expect(await log.getByText(/./).count()).toBeLessThanOrEqual(10);
});

test('nothing moves for who does not want it', async ({ enter }) => {
  const still = await enter('general', { reducedMotion: 'reduce' });
  const bo = await enter();
  await bo.composer.pressSequentially('Moving the dots');
  await expect(still.page.getByText('is typing…')).toBeVisible();

  const slowest = await still.page.evaluate(() => {
    const seconds = (list: string) => list.split(',').map((it) => (it.trim().endsWith('ms') ? parseFloat(it) / 1000 : parseFloat(it)));
    const styles = [...document.querySelectorAll('*')].map((it) => getComputedStyle(it));
    const slowestOf = (of: (style: CSSStyleDeclaration) => string) => Math.max(...styles.flatMap((it) => seconds(of(it))));
    return { animation: slowestOf((it) => it.animationDuration), transition: slowestOf((it) => it.transitionDuration) };
  });
  expect(slowest.animation).toBeLessThanOrEqual(0.01);
  // However short it is, a transition makes what was laid out move a moment later.
  expect(slowest.transition).toBe(0);
  const running = await still.page.evaluate(() => document.getAnimations().filter((it) => it.playState === 'running').length);
  expect(running).toBe(0);
});

test('colours follow the system, a switch goes before it, and no page flashes', async ({ enter }) => {
  const ada = await enter('general', { colorScheme: 'light' });
  const { page } = ada;
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await paper();
  expect(dark).not.toBe(light);
  await page.emulateMedia({ colorScheme: 'light' });

  await page.getByRole('button', { name: 'Light or dark' }).click();
  expect(await paper()).toBe(dark);
  const html = await (await page.request.get('/r/general')).text();
  expect(html).toMatch(/<html[^>]* data-theme="dark"/);
  await ada.reload();
  expect(await paper()).toBe(dark);
  await page.goto('/sign-in');
  expect(await paper()).toBe(dark);

  // Turned back, they follow the system again, on the next page too.
  await ada.open();
  await page.getByRole('button', { name: 'Light or dark' }).click();
  expect(await paper()).toBe(light);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await paper()).toBe(dark);
  expect((await page.context().cookies()).map((it) => it.name)).not.toContain('theme');
  await page.getByRole('button', { name: 'Light or dark' }).click();
  expect(await paper()).toBe(light);
});

declare global {
  interface Window {
    /** What a screen reader is given to say. */
    announced?: string[];
  }
}

/** Nothing that axe knows of keeps anybody from using the page, in light and in dark. */
async function passes(page: Page, what: string): Promise<void> {
  // What is half faded in has half of its contrast.
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  expect(await violations(new AxeBuilder({ page })), what).toEqual([]);
  // Only colours are others in the dark.
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await violations(new AxeBuilder({ page }).withRules('color-contrast')), `${what}, dark`).toEqual([]);
}

async function violations(axe: AxeBuilder): Promise<string[]> {
  const found = await axe.analyze();
  return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((it) => it.html.slice(0, 200)).join(' | ')}`);
}

/** Goes on by the tab key until something has the focus. Every stop on the way has to be seen. */
async function reach(page: Page, target: ReturnType<Page['locator']>): Promise<void> {
  await expect(target).toBeVisible();
  const isThere = () => target.evaluate((it) => it === document.activeElement);
  for (let n = 0; n < 80 && !(await isThere()); n += 1) {
    await page.keyboard.press('Tab');
    const unseen = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return undefined;
      const rings = [element, element.closest('.composer__box')].filter((it) => it !== null).map((it) => getComputedStyle(it));
      const isSeen = rings.some((it) => it.outlineStyle !== 'none' && parseFloat(it.outlineWidth) >= 1);
      const { width, height } = element.getBoundingClientRect();
      return isSeen && width > 1 && height > 1 ? undefined : element.outerHTML.slice(0, 200);
    });
    expect(unseen, 'focused and not to be seen').toBeUndefined();
  }
  await expect(target).toBeFocused();
}
