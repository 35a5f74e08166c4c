// The README's pictures: the product as it is, with a conversation in it.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import type { Page } from '@playwright/test';
import sharp from 'sharp';

import { Chat } from '../support/chat.ts';
import { NETWORK } from '../support/complaints.ts';
import { expect, test } from '../support/fixtures.ts';
import { signUp } from '../support/members.ts';

const folder = path.resolve(import.meta.dirname, '../../docs/pictures');
const desktop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
/** Each of the two browsers of the capture. */
const half = { width: 480, height: 520 };

test.beforeAll(async () => {
  await mkdir(folder, { recursive: true });
});

test('desktop, dark and phone', async ({ openPage }) => {
  const ada = await comeIn(await openPage({ viewport: desktop }), 'Ada', 'general');
  const bo = await comeIn(await openPage({ viewport: phone, deviceScaleFactor: 2 }), 'Bo', 'general');
  await talk(ada, bo);
  await bo.composer.pressSequentially('See you th', { delay: 20 });
  await expect(ada.page.getByText(/is typing/)).toBeVisible();

  await keep(ada, 'desktop');
  await keep(bo, 'phone');
  await ada.page.emulateMedia({ colorScheme: 'dark' });
  await keep(ada, 'desktop-dark');
});

test('two browsers that talk, also while their server is away', async ({ openPage, server, complaints }) => {
  complaints.expect(NETWORK);
  const ada = await comeIn(await openPage({ viewport: half }), 'Clara', 'help');
  const bo = await comeIn(await openPage({ viewport: half }), 'Dan', 'help');
  const capture = new Capture(ada, bo);

  await capture.frame(900);
  await write(ada, 'Shall we meet at six?', capture);
  await capture.frame(900);
  await write(bo, 'Six is good.', capture);
  await capture.frame(1200);

  await server.kill();
  await expect(ada.banner).not.toBeEmpty();
  await expect(bo.banner).not.toBeEmpty();
  await capture.frame(1500);
  await write(ada, 'I bring the maps.', capture);
  await capture.frame(1500);
  await server.restart();
  await expect(bo.message('I bring the maps.')).toBeVisible();
  await expect(ada.drafts).toHaveCount(0);
  await expect(ada.banner).toBeEmpty();
  await expect(bo.banner).toBeEmpty();
  await capture.frame(2500);

  await capture.write('two-browsers');
});

/** Makes an account of just this name and is in a room. */
async function comeIn(page: Page, name: string, room: string): Promise<Chat> {
  await signUp(page, name);
  const chat = new Chat(page);
  await chat.open(room);
  if (!(await chat.composer.isVisible())) await chat.join();
  return chat;
}

/** Fills a room with what people say to each other. */
async function talk(ada: Chat, bo: Chat): Promise<void> {
  await ada.say('Good morning! The slides for Friday are at https://example.org/slides');
  await bo.say('Thank you. I read them on the train.');
  await bo.say('One question: do we show the figures as a table, or drawn?');
  await ada.say('Drawn. A table is for those who want to check them, and it can go to the end.\nTwo pictures are enough, I think.');
  await bo.say('Agreed 👍');
  await ada.say('Then I only need somebody who looks after the projector.');
  await bo.say('That can be me.');
  await expect(ada.message('That can be me.')).toBeVisible();
}

/** Writes as a person does, a frame every few letters, and sends. */
async function write(chat: Chat, text: string, capture: Capture): Promise<void> {
  for (const piece of text.match(/.{1,5}/g) ?? []) {
    await chat.composer.pressSequentially(piece);
    await capture.frame(130);
  }
  await chat.composer.press('Enter');
  await expect(chat.message(text)).toBeVisible();
}

async function keep(chat: Chat, name: string): Promise<void> {
  const picture = await chat.page.screenshot({ animations: 'disabled' });
  await sharp(picture).webp({ quality: 88 }).toFile(path.join(folder, `${name}.webp`));
}

/** Pictures of two pages side by side, each shown for its time. */
class Capture {
  private readonly pages: [Chat, Chat];
  private readonly frames: Buffer[] = [];
  private readonly times: number[] = [];

  constructor(left: Chat, right: Chat) {
    this.pages = [left, right];
  }

  async frame(ms: number): Promise<void> {
    const [left, right] = await Promise.all(this.pages.map((chat) => chat.page.screenshot()));
    const gap = 16;
    const width = 2 * half.width + 3 * gap;
    const paper = { width, height: half.height + 2 * gap, channels: 3 as const, background: '#8a8378' };
    const both = sharp({ create: paper }).composite([
      { input: left!, left: gap, top: gap },
      { input: right!, left: half.width + 2 * gap, top: gap },
    ]);
    this.frames.push(await both.png().toBuffer());
    this.times.push(ms);
  }

  async write(name: string): Promise<void> {
    const moving = sharp(this.frames, { join: { animated: true } });
    await moving.webp({ delay: this.times, loop: 0, quality: 70 }).toFile(path.join(folder, `${name}.webp`));
  }
}
