// What members write is text, whatever it looks like: under the policy that the server sends, nothing of it runs.

import { request, type Page } from '@playwright/test';

import { ATTACKS, Ear, LINK_ATTACKS } from '../support/attacks.ts';
import { Chat } from '../support/chat.ts';
import { expect, test } from '../support/fixtures.ts';
import { PASSWORD } from '../support/members.ts';
import type { Server } from '../support/server.ts';

test.describe.configure({ timeout: 120_000 });

test('names of members are text', async ({ openPage, startServer }) => {
  const server = await startServer();
  const names: string[] = [];
  for (const text of ATTACKS) names.push(await signUpAs(server, text.slice(0, 32)));

  const { chat: bo, ear } = await guestOf(server, await openPage());
  for (const name of names) await expect(bo.people.getByText(name, { exact: true })).toHaveCount(1);
  await bo.reload();
  for (const name of names) await expect(bo.people.getByText(name, { exact: true })).toHaveCount(1);

  await ear.expectNothing();
});

test('names and topics of rooms are text', async ({ openPage, startServer }) => {
  const server = await startServer({ HUBBUB_ROOMS: '1000/1000' });
  const readers = [await guestOf(server, await openPage()), await guestOf(server, await openPage())];
  const [ada, bo] = readers.map((it) => it.chat) as [Chat, Chat];

  for (const [n, text] of ATTACKS.entries()) {
    const name = `${n} ${text}`.slice(0, 48).trim();
    await ada.createRoom(name, text);
    await expect(ada.page).toHaveTitle(`${name} · Hubbub`);
    await expect(ada.page.locator('.room__topic')).toHaveText(text);
  }
  await ada.reload();
  await bo.rooms.getByRole('link', { name: 'All rooms, or a new one' }).click();
  const topics = async () => (await bo.page.locator('.browse__topic').allTextContents()).filter((it) => ATTACKS.includes(it)).sort();
  await expect.poll(topics).toEqual([...ATTACKS].sort());
  await bo.reload();
  await expect.poll(topics).toEqual([...ATTACKS].sort());

  for (const { ear } of readers) await ear.expectNothing();
});

test('messages and links in them are text', async ({ openPage, startServer }) => {
  const server = await startServer({ HUBBUB_SENDS: '1000/1000' });
  const readers = [await guestOf(server, await openPage()), await guestOf(server, await openPage())];
  const [ada, bo] = readers.map((it) => it.chat) as [Chat, Chat];
  const all = [...ATTACKS, ...LINK_ATTACKS];

  for (const text of all) {
    await ada.composer.fill(text);
    await ada.composer.press('Enter');
    await expect(ada.composer).toHaveValue('');
  }
  await expect.poll(() => bo.texts()).toEqual(all);
  await provoke(bo.page);
  await bo.reload();
  await expect.poll(() => bo.texts()).toEqual(all);
  await provoke(bo.page);
  const links = await bo.timeline.locator('.message__text a').evaluateAll((them) => them.map((it) => it.getAttribute('href')));
  expect(links.length).toBeGreaterThan(0);
  for (const href of links) expect(href).toMatch(/^(https?:\/\/|mailto:)/);

  for (const { ear } of readers) await ear.expectNothing();
});

test('what stands in addresses is text', async ({ openPage, startServer, complaints }) => {
  complaints.expect(/status of 40[04]/);
  const server = await startServer();
  const { chat: bo, ear } = await guestOf(server, await openPage());

  for (const text of ATTACKS) {
    const it = encodeURIComponent(text);
    for (const path of [`/sign-in?name=${it}&problem=${it}&next=${it}`, `/reset?name=${it}&code=${it}`]) {
      await bo.page.goto(server.url + path);
      await expect(bo.page.getByLabel('Name')).toHaveValue(text);
    }
    const answer = await bo.page.goto(`${server.url}/r/${it}/${it}`);
    expect(answer?.status()).toBe(404);
  }

  await ear.expectNothing();
});

/** Comes in as a guest, on a page that notices when something of another's runs. */
async function guestOf(server: Server, page: Page): Promise<{ chat: Chat; ear: Ear }> {
  const ear = await Ear.on(page);
  await page.goto(`${server.url}/r/general`);
  const chat = new Chat(page);
  await chat.connecting(() => page.getByRole('button', { name: 'Come in as a guest' }).click());
  return { chat, ear };
}

/** Makes an account without a browser; gives its name as others see it. */
async function signUpAs(server: Server, name: string): Promise<string> {
  const session = await request.newContext({ extraHTTPHeaders: { origin: server.url } });
  const answer = await session.post(`${server.url}/account/sign-up`, { form: { name, password: PASSWORD }, maxRedirects: 0 });
  expect(answer.status(), `${name}: ${await answer.text()}`).toBe(303);
  await session.dispose();
  return name.trim();
}

/** Does to every element in the messages what handlers in it would wait for. */
async function provoke(page: Page): Promise<void> {
  await page.getByRole('region', { name: 'Messages' }).evaluate((timeline) => {
    for (const element of timeline.querySelectorAll('*')) {
      for (const kind of ['mouseover', 'focus', 'blur', 'error', 'load', 'toggle']) {
        element.dispatchEvent(new Event(kind, { bubbles: true }));
      }
    }
  });
  const foreign = 'script, img, iframe, object, embed, math, style, base, form, input, template, details';
  await expect(page.locator('.message__text').locator(foreign)).toHaveCount(0);
}
