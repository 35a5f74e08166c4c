// Messages: written, sent, seen by others, and shown as they should be.

import { Chat } from '../support/chat.ts';
import { expect, test } from '../support/fixtures.ts';
import { enterAsGuest, freshName } from '../support/members.ts';

test('Enter sends, Shift with Enter begins a line', async ({ enter }) => {
  const ada = await enter();
  const bo = await enter();

  await ada.composer.pressSequentially('first line');
  await ada.composer.press('Shift+Enter');
  await ada.composer.pressSequentially('second line');
  await expect(ada.composer).toHaveValue('first line\nsecond line');
  await ada.composer.press('Enter');

  await expect(ada.composer).toHaveValue('');
  await expect(bo.messages.last().locator('.message__text')).toHaveText('first line\nsecond line', { useInnerText: true });
  await ada.composer.fill('   \n ');
  await ada.composer.press('Enter');
  await ada.say('after blanks, which are not sent');
  await expect(bo.message('after blanks, which are not sent')).toBeVisible();
  expect((await bo.texts()).filter((it) => it.trim() === '')).toEqual([]);
});

test('the button sends too', async ({ enter }) => {
  const ada = await enter();

  await ada.composer.fill('by the button');
  await ada.page.getByRole('button', { name: 'Send' }).click();

  await expect(ada.message('by the button')).toBeVisible();
  await expect(ada.composer).toHaveValue('');
});

test('Enter takes an input method’s suggestion and does not send', async ({ enter }) => {
  const ada = await enter();
  const bo = await enter();
  const keyboard = await ada.page.context().newCDPSession(ada.page);
  await ada.composer.focus();

  await keyboard.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
  await expect(ada.composer).toHaveValue('にほん');
  const enterKey = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 };
  await keyboard.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...enterKey });
  await keyboard.send('Input.insertText', { text: '日本' });
  await keyboard.send('Input.dispatchKeyEvent', { type: 'keyUp', ...enterKey });
  await expect(ada.composer).toHaveValue('日本');
  await bo.say('Nothing has come yet');
  await expect(ada.message('Nothing has come yet')).toBeVisible();
  await expect(ada.message('日本')).toHaveCount(0);

  await ada.composer.press('Enter');
  await expect(bo.message('日本')).toBeVisible();
});

test('Enter takes a suggestion in Safari too, which says only by its code what it is for', async ({ enter }) => {
  const ada = await enter();
  const keyboard = await ada.page.context().newCDPSession(ada.page);
  await ada.composer.fill('東京');

  const enterKey = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 };
  await keyboard.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...enterKey });
  await keyboard.send('Input.dispatchKeyEvent', { type: 'keyUp', ...enterKey });
  await expect(ada.composer).toHaveValue('東京');
  await expect(ada.message('東京')).toHaveCount(0);

  await ada.composer.press('Enter');
  await expect(ada.message('東京')).toBeVisible();
});

test('a message is on one’s own screen at once, as sending, then as sent', async ({ openPage }) => {
  const page = await openPage();
  // The server's answer is held back for as long as this test wants.
  const waiting: (() => void)[] = [];
  let holds = false;
  await page.routeWebSocket(/\/ws$/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((frame) => {
      if (holds) waiting.push(() => socket.send(frame));
      else socket.send(frame);
    });
  });
  const ada = await enterAsGuest(page);

  holds = true;
  await ada.say('Is this on?');
  await expect(ada.drafts).toHaveText([/Is this on\?/]);
  await expect(ada.drafts.getByRole('img', { name: 'Sending' })).toBeVisible();
  await expect(ada.drafts.locator('.message__text')).toHaveCSS('opacity', '0.6');
  await expect(ada.composer).toHaveValue('');
  await expect(ada.composer).toBeFocused();

  holds = false;
  for (const send of waiting.splice(0)) send();
  await expect(ada.drafts).toHaveCount(0);
  await expect(ada.message('Is this on?')).toHaveCount(1);
  await expect(ada.message('Is this on?').locator('.message__text')).toHaveCSS('opacity', '1');
});

test('links are clickable and safe, and only those to the web', async ({ enter }) => {
  const ada = await enter();
  const bo = await enter();

  await ada.say('see https://example.org/a?b=c#d, and mail ada@example.org');
  const message = bo.message('see https://example.org/a?b=c#d, and mail ada@example.org');
  const link = message.getByRole('link', { name: 'https://example.org/a?b=c#d' });
  await expect(link).toHaveAttribute('href', 'https://example.org/a?b=c#d');
  await expect(link).toHaveAttribute('target', '_blank');
  await expect(link).toHaveAttribute('rel', /noopener.*noreferrer/);

  const none = ['javascript:alert(1)', 'data:text/html,hi', 'file:///etc/passwd', 'vbscript:x', 'ftp://example.org/x'];
  await ada.say(none.join(' '));
  const text = bo.message(none.join(' ')).locator('.message__text');
  await expect(text).toBeVisible();
  await expect(text.getByRole('link')).toHaveCount(0);
});

test('one author’s messages share a heading', async ({ enterAs, enter }) => {
  const { chat: ada, name } = await enterAs('Ada');
  const address = await ada.createRoom(freshName('Grouping'));
  const bo = await enter(address);
  await bo.join();

  // What two people send is in this order if each has seen what the other said.
  await ada.say('one');
  await ada.say('two');
  await expect(bo.message('two')).toBeVisible();
  await bo.say('three');
  await expect(ada.message('three')).toBeVisible();
  await ada.say('four');

  const named = async (text: string) => bo.message(text).locator('.message__author').count();
  await expect(bo.message('four')).toBeVisible();
  expect([await named('one'), await named('two'), await named('three'), await named('four')]).toEqual([1, 0, 1, 1]);
  await expect(bo.message('one').locator('.message__author')).toHaveText(name);
  // Who cannot see the heading hears whose each is.
  await expect(bo.message('two')).toContainText(`${name}: two`);
});

test('times are in the zone of the reader, from the first paint on', async ({ enter, openPage }) => {
  const ada = await enter();
  await ada.say('What time is it?');
  const time = (chat: Chat) => chat.message('What time is it?').getByRole('link').getAttribute('aria-label');
  const inZone = (zone: string) =>
    ada.page.evaluate(
      ([zone, at]) => new Date(at ?? '').toLocaleTimeString('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' }),
      [zone, `${utc}:00Z`] as const,
    );
  const utcPage = new Chat(await openPage({ timezoneId: 'UTC' }));
  await utcPage.page.goto('/r/general');
  const utc = await utcPage.message('What time is it?').locator('time').getAttribute('datetime');

  const page = await openPage({ timezoneId: 'Asia/Tokyo' });
  const far = await enterAsGuest(page);
  const expected = `${await inZone('Asia/Tokyo')}, link to this message`;
  await expect.poll(() => time(far)).toBe(expected);
  expect((await page.context().cookies()).find((it) => it.name === 'tz')?.value).toBe('Asia/Tokyo');

  // The next page comes from the server with those times in it.
  const html = await (await page.request.get('/r/general')).text();
  expect(html).toContain(expected);
});

test('days are kept apart', async ({ openPage, startServer }) => {
  const server = await startServer();
  // Made-up messages are 45 seconds apart: these go back further than a day.
  await server.run('seed', '--messages', '2500');
  // Where it is between noon and one now, so that today has enough messages to scroll (in these names west is plus).
  const west = new Date().getUTCHours() - 12;
  const sinceMidnight = (Date.now() - west * 3_600_000) % 86_400_000;
  const firstToday = 2_500 - Math.floor(sinceMidnight / 45_000);
  const page = await openPage({ timezoneId: `Etc/GMT${west < 0 ? '' : '+'}${west}` });
  const { timeline } = new Chat(page);
  const today = page.locator('.message__day').getByText('Today', { exact: true });
  const onTop = page.locator('.timeline__top-day');

  // Above the day's own line is the day before, which says its name at the top.
  await page.goto(`${server.url}/r/general/${firstToday}`);
  await expect(today).toBeInViewport();
  await expect(onTop).toHaveText('Yesterday');
  await expect(onTop).toHaveCSS('opacity', '1');

  await timeline.hover();
  await page.mouse.wheel(0, 1_000);
  await expect(today).not.toBeInViewport();
  await expect(onTop).toHaveText('Today');
});

test('the line new stands at the first unread message, and stays until one leaves', async ({ enter }) => {
  const ada = await enter();
  const bo = await enter();
  const name = freshName('Reading');
  const address = await ada.createRoom(name);
  await bo.open(address);
  await bo.join();
  await bo.say('seen');
  await expect(ada.message('seen')).toBeVisible();
  await ada.goTo('General');

  await bo.say('unseen, first');
  await bo.say('unseen, second');
  await expect(ada.rooms.getByRole('link', { name: `${name}, 2 unread` })).toBeVisible();
  await ada.goTo(name);

  const line = ada.page.locator('.message__new');
  await expect(ada.messages.filter({ has: line })).toHaveCount(1);
  await expect(ada.messages.filter({ has: line }).locator('.message__text')).toHaveText('unseen, first');
  await bo.say('said while Ada looks');
  await expect(ada.message('said while Ada looks')).toBeVisible();
  await expect(ada.messages.filter({ has: line }).locator('.message__text')).toHaveText('unseen, first');
  await ada.goTo('General');
  await ada.goTo(name);
  await expect(ada.message('said while Ada looks')).toBeVisible();
  await expect(line).toHaveCount(0);
});

test('too long a text is refused kindly, and stays', async ({ enter }) => {
  const ada = await enter();
  const text = 'x'.repeat(4_001);

  await ada.composer.fill(text);
  await expect(ada.page.getByText('1 too many')).toBeVisible();
  await ada.composer.press('Enter');

  await expect(ada.page.getByRole('main').getByRole('alert')).toContainText('The message is too long. At most 4000 characters fit.');
  await expect(ada.composer).toHaveValue(text);
  await ada.composer.press('End');
  await ada.composer.press('Backspace');
  await ada.composer.press('Enter');
  await expect(ada.composer).toHaveValue('');
  await expect(ada.drafts).toHaveCount(0);
  await expect(ada.message('x'.repeat(4_000))).toHaveCount(1);
});

test('what is written stays over a reload, until it is sent', async ({ enter }) => {
  const ada = await enter();
  const address = await ada.createRoom(freshName('Drafts'));
  await ada.composer.fill('for the room');
  await ada.goTo('General');
  await expect(ada.composer).toHaveValue('');
  await ada.composer.fill('for everybody');

  await ada.reload();
  await expect(ada.composer).toHaveValue('for everybody');
  await ada.composer.press('Enter');
  await expect(ada.message('for everybody')).toBeVisible();
  await expect(ada.composer).toHaveValue('');
  await ada.open(address);
  await expect(ada.composer).toHaveValue('for the room');
  await ada.open('general');
  await expect(ada.composer).toHaveValue('');
});

test('what is written before the page comes alive is not lost', async ({ enter, server }) => {
  const ada = await enter();
  await ada.composer.fill('kept');
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await ada.page.route('**/*.wasm', async (route) => {
    await held;
    await route.continue();
  });

  await ada.connecting(async () => {
    await ada.page.goto(`${server.url}/r/general`, { waitUntil: 'commit' });
    await ada.composer.pressSequentially('early');
    // Too early: nothing is sent, nothing is lost, and nobody is led elsewhere.
    await ada.page.getByRole('button', { name: 'Send' }).click();
    await expect(ada.composer).toHaveValue('early');
    letGo();
  });

  await expect(ada.composer).toHaveValue('kept\nearly');
  await expect(ada.page).toHaveURL(/\/r\/general$/);
  await ada.page.getByRole('button', { name: 'Send' }).click();
  await expect(ada.message('kept\nearly')).toBeVisible();
});

test('the composer grows to eight lines, and no further', async ({ enter }) => {
  const ada = await enter();
  // Some browsers do not size fields by their content.
  await ada.composer.evaluate((it) => it.style.setProperty('field-sizing', 'fixed', 'important'));
  const height = async (n: number) => {
    await ada.composer.fill(Array.from({ length: n }, (_, at) => `line ${at}`).join('\n'));
    return (await ada.composer.boundingBox())?.height ?? 0;
  };

  const [one, two, three] = [await height(1), await height(2), await height(3)];
  expect(two - one).toBe(22);
  expect(three - two).toBe(22);
  expect((await height(8)) - one).toBe(7 * 22);
  expect((await height(30)) - one).toBe(7 * 22);
  await ada.composer.fill('wide '.repeat(60));
  expect((await ada.composer.boundingBox())?.height).toBeGreaterThan(two);
  expect(await height(1)).toBe(one);
});

test('a room opens at the first unread message', async ({ enterAs, enter }) => {
  const { chat: ada } = await enterAs('Ada');
  const bo = await enter();
  const name = freshName('Long read');
  const address = await ada.createRoom(name);
  await bo.open(address);
  await bo.join();
  for (let n = 1; n <= 6; n += 1) await bo.say(`${tall('read', n)}`);
  await expect(ada.message(tall('read', 6))).toBeVisible();
  await ada.goTo('General');
  for (let n = 1; n <= 8; n += 1) await bo.say(tall('new', n));
  await expect(ada.rooms.getByRole('link', { name: `${name}, 8 unread` })).toBeVisible();
  const line = ada.page.locator('.message__new');
  const place = async () => {
    const [view, at] = [await ada.timeline.boundingBox(), await line.boundingBox()];
    return ((at?.y ?? 0) - (view?.y ?? 0)) / (view?.height ?? 1);
  };

  await ada.goTo(name);
  await expect(line).toBeInViewport();
  await expect.poll(place).toBeGreaterThan(0.25);
  await expect.poll(place).toBeLessThan(0.45);
  await expect(ada.message(tall('new', 1))).toBeInViewport();
  await expect(ada.message(tall('new', 8))).not.toBeInViewport();
  await expect(ada.rooms.getByRole('link', { name: `${name}, 8 unread` })).toBeVisible();

  // The same when the server renders it, from the first paint on.
  await ada.page.goto(`/r/${address}`, { waitUntil: 'domcontentloaded' });
  await expect.poll(place).toBeGreaterThan(0.25);
  await expect.poll(place).toBeLessThan(0.45);

  // All of it is read when its end has been seen.
  await ada.page.getByRole('button', { name: 'To the newest' }).click();
  await expect(ada.message(tall('new', 8))).toBeInViewport();
  await expect(ada.rooms.getByRole('link', { name, exact: true })).toBeVisible();
});

test('what is unread and does not reach the end of the page is found all the same', async ({ openPage, startServer }) => {
  const server = await startServer();
  const page = await openPage();
  await page.goto(`${server.url}/r/general`);
  const ada = new Chat(page);
  await ada.connecting(() => page.getByRole('button', { name: 'Come in as a guest' }).click());
  await ada.say('here I stopped');
  await ada.page.getByRole('link', { name: 'All rooms, or a new one' }).click();
  await server.run('seed', '--messages', '400');

  await ada.connecting(() => page.goto(`${server.url}/r/general`));
  await expect(page.locator('.message__new')).toBeInViewport();
  await expect(ada.message('here I stopped')).toBeInViewport();
  await expect(page.locator('#m2')).toBeInViewport();
  await expect(ada.rooms.getByRole('link', { name: 'General, 400 unread' })).toBeVisible();

  // The same from another room. Of what is seeded nobody tells the nodes, which look into the store every 15 seconds.
  await ada.page.getByRole('link', { name: 'All rooms, or a new one' }).click();
  await ada.reload();
  await expect(ada.rooms.getByRole('link', { name: /^General, \d+ unread/ })).toBeVisible({ timeout: 20_000 });
  await ada.goTo('General');
  await expect(page.locator('.message__new')).toBeInViewport();
  await expect(page.locator('#m2')).toBeInViewport();
  await page.getByRole('button', { name: 'To the newest' }).click();
  await expect(page.locator('#m401')).toBeInViewport();
  await expect(page).toHaveTitle('General · Hubbub');
});

/** A text of several lines. */
function tall(word: string, n: number): string {
  return Array.from({ length: 6 }, (_, line) => `${word} ${n}, line ${line}`).join('\n');
}
