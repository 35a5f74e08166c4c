// What who runs the place relies on: what looks at it from outside is right, and another build takes over while members talk.

import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

import type { Chat } from '../support/chat.ts';
import { examine, wayTo, type Amiss } from '../support/doctor.ts';
import { expect, test } from '../support/fixtures.ts';
import { enterAsGuest } from '../support/members.ts';
import { newerThan } from '../support/newer.ts';
import { BUILT, type Server, STACK } from '../support/server.ts';
import { pair, type Guest } from '../support/together.ts';

/** What is wrong, and what the doctor says of it. */
const AMISS: Record<string, [Amiss, RegExp[]]> = {
  'the chat is routed wrongly': [
    { leads: (it) => it.replace(/^\/ws/, '/r/general') },
    [/^BAD .*\/ws is routed wrongly/m, /^BAD .*a handshake at \/ws is answered with 200/m],
  ],
  'assets are routed wrongly': [
    { leads: (it) => it.replace('/pkg/doctor', '/nothing') },
    [/^BAD .*\/pkg\/\* is routed wrongly/m],
  ],
  'the search is down': [
    { answers: (it) => (it.startsWith('/api/search') ? 502 : undefined) },
    [/^BAD .*\/api\/search goes to the search: the search is down/m, /^BAD .*taken back: the search is down/m],
  ],
  'the policy of pages is missing': [
    { hides: 'content-security-policy' },
    [/^BAD .*pages come without content-security-policy/m],
  ],
  'nothing says how long to keep things': [
    { hides: 'cache-control' },
    [/^BAD .*what is found may be kept/m, /^BAD .*is not kept for a year: Cache-Control says nothing/m],
  ],
};

/** Many members come from one address, and do more than people. */
const CROWDED = {
  HUBBUB_CONNECTIONS_PER_ADDRESS: '100000',
  HUBBUB_JOINS: '100000/100000',
  HUBBUB_RATES_PER_ADDRESS: '100000',
  HUBBUB_REQUESTS: '100000/100000',
  HUBBUB_SENDS: '100000/100000',
};

/** Others who talk meanwhile, and for how long. */
const CROWD = ['--clients', '40', '--rooms', '8', '--seconds', '40'];

if (STACK) {
  test('the doctor finds nothing where all is well', async ({ server }) => {
    const { isWell, said } = await examine(server.url);

    expect(said).not.toMatch(/^BAD /m);
    expect(said.match(/^well /gm)).toHaveLength(8);
    expect(isWell).toBe(true);
  });

  for (const [what, [amiss, words]] of Object.entries(AMISS)) {
    test(`the doctor notices that ${what}`, async ({ server }) => {
      const way = await wayTo(server.url, amiss);
      try {
        const { isWell, said } = await examine(way.url);

        for (const it of words) expect(said).toMatch(it);
        expect(said.match(/^BAD /gm)).toHaveLength(words.length);
        expect(isWell).toBe(false);
      } finally {
        way.close();
      }
    });
  }

  test('another build takes over while members talk: nothing is lost or missing, and old pages offer to reload', async ({
    openPage,
    startServer,
  }) => {
    test.setTimeout(120_000);
    const server = await startServer(CROWDED);
    const newer = await newerThan(BUILT);
    let crowd: Crowd | undefined;
    try {
      const enter = async (room?: string) => enterAsGuest(await openPage({ baseURL: server.url }), room);
      const { room, ada, bo } = await pair(enter);
      const assets = await assetsOf(ada.chat);
      crowd = await crowdOf(server);
      const said: string[] = [];
      const visits: string[][] = [];

      let isUpdated = false;
      const update = server.update(newer.program).then(() => (isUpdated = true));
      while (!isUpdated) {
        for (const { chat, name } of [ada, bo]) {
          said.push(`${name} says ${said.length}`);
          await chat.say(said.at(-1)!);
        }
        const visitor = await enter(room);
        visits.push(await assetsOf(visitor));
        await visitor.page.close();
      }
      await update;
      expect(crowd.talks(), 'the crowd talks beyond the end').toBe(true);
      await crowd.end();

      for (const { chat } of [ada, bo]) {
        await expect(chat.banner).toContainText('There is a newer Hubbub.');
        await expect(chat.drafts).toHaveCount(0);
      }
      // What waits while a page reconnects comes after what the other said, but never out of its author's order.
      const heard = async ({ chat }: Guest) => (await chat.texts()).filter((it) => said.includes(it));
      await expect.poll(async () => (await heard(ada)).length).toBe(said.length);
      await expect.poll(() => heard(bo)).toEqual(await heard(ada));
      for (const { name } of [ada, bo]) {
        const of = (texts: string[]) => texts.filter((it) => it.startsWith(`${name} says`));
        expect(of(await heard(ada))).toEqual(of(said));
      }
      expect(visits.map(String)).toContain(String(assets));
      // Whoever still has an old page finds what it loads, and whoever reloads gets the new one.
      for (const it of assets) expect((await ada.chat.page.request.get(it)).status()).toBe(200);
      await bo.chat.connecting(() => bo.chat.banner.getByRole('button', { name: 'Reload' }).click());
      await expect(bo.chat.banner).toHaveText('');
      expect(await assetsOf(bo.chat)).not.toEqual(assets);
      await bo.chat.say('From the new page');
      await expect(ada.chat.message('From the new page')).toBeVisible();
      for (const { chat } of [ada, bo]) await chat.page.close();
    } finally {
      crowd?.kill();
      await server.stop(); // Before what it runs is gone.
      await newer.remove();
    }
  });
}

/** The addresses of what a page loaded for its build. */
async function assetsOf(chat: Chat): Promise<string[]> {
  const loaded = await chat.page.evaluate(() => performance.getEntriesByType('resource').map((it) => it.name));
  return [...new Set(loaded.filter((it) => it.includes('/pkg/')))].sort();
}

/** Others who talk. At their end it is judged whether anything was lost, doubled or reordered. */
interface Crowd {
  talks: () => boolean;
  end: () => Promise<void>;
  kill: () => void;
}

/** Others who talk from now on. */
async function crowdOf(server: Server): Promise<Crowd> {
  const { host } = new URL(server.url);
  const history = path.join(server.data, 'history.jsonl');
  const places = ['--door', host, '--origin', server.url, '--history', history];
  const crowd = server.spawn('bench', 'faults', ...places, ...CROWD);
  const ended = once(crowd, 'close');
  const lines: string[] = [];
  const heard = (line: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => lines.includes(line) && resolve();
      look();
      reader.on('line', look);
      void ended.then(() => reject(new Error(`the crowd is gone before it says ${line}:\n${lines.join('\n')}`)));
    });
  const reader = createInterface(crowd.stdout!).on('line', (line) => lines.push(line));
  await heard('ready');
  const end = async () => {
    await heard('talked');
    crowd.stdin!.write('calm\n');
    const [code] = await ended;
    expect(lines.join('\n')).toContain('anomalies: 0');
    expect(code).toBe(0);
  };
  return { talks: () => !lines.includes('talked'), end, kill: () => crowd.kill('SIGKILL') };
}
