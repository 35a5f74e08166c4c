// What only many nodes can show: one of them dies, and the conversation goes on.

import type { Chat } from '../support/chat.ts';
import { NETWORK } from '../support/complaints.ts';
import { expect, test } from '../support/fixtures.ts';
import { STACK } from '../support/server.ts';
import { pair } from '../support/together.ts';

/** Browsers complain of the connections that die with a node. */
test.beforeEach(({ complaints }) => complaints.expect(NETWORK));

for (const n of STACK ? [1, 2] : []) {
  test(`a conversation goes on when node ${n} is killed in the middle of it`, async ({ enter, server }) => {
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
