// What every test is given: a server, pages on it, and an ear for what browsers complain of.

import { test as base, expect, type BrowserContextOptions, type Page } from '@playwright/test';

import { Chat } from './chat.ts';
import { Complaints } from './complaints.ts';
import { enterAsGuest, freshName, signUp } from './members.ts';
import { Server, type Settings } from './server.ts';

/** Given to each test anew. */
interface OfATest {
  /** Fails the test for every complaint that it did not expect, and for a panic of the server. */
  complaints: Complaints;
  /** Starts a server of the test's own. It is stopped when all pages are closed; a panic of it fails the test. */
  startServer: (settings?: Settings) => Promise<Server>;
  /** Opens a page in a browser context of its own: another person, or another device. */
  openPage: (options?: BrowserContextOptions) => Promise<Page>;
  /** Comes in as a guest, in a context of its own. */
  enter: (room?: string, options?: BrowserContextOptions) => Promise<Chat>;
  /** Comes in with a new account of about this name, in a context of its own. */
  enterAs: (name: string, room?: string, options?: BrowserContextOptions) => Promise<Member>;
}

/** A member who has come in. */
export interface Member {
  /** What they look at. */
  chat: Chat;
  /** What they are called. */
  name: string;
  /** Their recovery code. */
  code: string;
}

/** Shared by the tests of a worker, which run one after the other. */
interface OfAWorker {
  /** The server that the pages are on. Tests that kill it start it again. */
  server: Server;
}

export const test = base.extend<OfATest, OfAWorker>({
  server: [
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],

  baseURL: async ({ server }, use) => use(server.url),

  complaints: [
    async ({ server }, use, testInfo) => {
      const complaints = new Complaints();
      await use(complaints);
      if (testInfo.status !== testInfo.expectedStatus) {
        await testInfo.attach('server log', { body: server.log() });
      }
      expect(complaints.unexpected(), 'browsers complain').toEqual([]);
      expect(server.takePanics(), 'the server panics').toEqual([]);
    },
    { auto: true },
  ],

  startServer: async ({}, use, testInfo) => {
    const servers: Server[] = [];
    await use(async (settings) => {
      const server = await Server.start(settings);
      servers.push(server);
      return server;
    });
    await Promise.all(servers.map((it) => it.stop()));
    for (const server of servers) {
      if (testInfo.status !== testInfo.expectedStatus) await testInfo.attach('log of its own server', { body: server.log() });
      expect(server.takePanics(), 'the server panics').toEqual([]);
    }
  },

  // After `startServer`: what is given first goes last.
  context: async ({ startServer: _, context, complaints }, use) => {
    complaints.listenTo(context);
    await use(context);
  },

  openPage: async ({ startServer: _, browser, baseURL, complaints }, use) => {
    const contexts: { close(): Promise<void> }[] = [];
    await use(async (options) => {
      const context = await browser.newContext({ baseURL, locale: 'en-GB', ...options });
      contexts.push(context);
      complaints.listenTo(context);
      return context.newPage();
    });
    await Promise.all(contexts.map((it) => it.close()));
  },

  enter: async ({ openPage }, use) => {
    await use(async (room, options) => enterAsGuest(await openPage(options), room));
  },

  enterAs: async ({ openPage }, use) => {
    await use(async (about, room, options) => {
      const page = await openPage(options);
      const name = freshName(about);
      const code = await signUp(page, name);
      const chat = new Chat(page);
      await chat.open(room);
      return { chat, name, code };
    });
  },
});

export { expect };
