// What only the stack can show: a node dies, or nobody speaks for longer than the front door waits, and the conversation
// goes on.

import type { Chat } from '../support/chat.ts';
import { NETWORK } from '../support/complaints.ts';
import { expect, test } from '../support/fixtures.ts';
import { STACK } from '../support/server.ts';
import { pair } from '../support/together.ts';

/** Longer than the front door lets a socket be idle, which is a minute, as with a load balancer. */
const SILENCE_MS = 80_000;

for (const n of STACK ? [1, 2] : []) {
  test(`a conversation goes on when node ${n} is killed in the middle of it`, async ({ complaints, enter, server }) => {
    complaints.expect(NETWORK); // Browsers complain of the connections that die with it.
    const { ada: first, bo: second } = await pair(enter);
    const [ada, bo] = [first.chat, second.chat];
    const said: string[] = [];
    const say = async (who: Chat, text: string) => {
      said.push(text);
      await who.say(text);
    };
    await say(ada, 'Do you see this?');
    await expect(bo.message('Do you see this?')).toBeVisible();

    server.killNode(n);
    await say(ada, 'And this?');
    await say(bo, 'I am still here');

    for (const chat of [ada, bo]) {
      for (const text of said) await expect(chat.message(text)).toHaveCount(1, { timeout: 20_000 });
      await expect(chat.drafts).toHaveCount(0, { timeout: 20_000 });
    }
    await say(bo, 'Good');
    await expect(ada.message('Good')).toBeVisible();
  });
}

if (STACK) {
  test('nobody is cut off who says nothing for a while', { tag: '@silence' }, async ({ enter }) => {
    test.setTimeout(SILENCE_MS + 60_000);
    const { ada, bo } = await pair(enter);
    const again: string[] = [];
    for (const { chat, name } of [ada, bo]) chat.page.on('websocket', () => again.push(name));

    await ada.chat.page.waitForTimeout(SILENCE_MS);

    await ada.chat.say('Still there?');
    await expect(bo.chat.message('Still there?')).toBeVisible();
    expect(again).toEqual([]);
  });
}
