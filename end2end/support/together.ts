// Several people in one room that nobody else is in.

import { expect, type Locator } from '@playwright/test';

import type { Chat } from './chat.ts';
import { freshName, ownName } from './members.ts';

/** Somebody in a room, by the name that others see. */
export interface Guest {
  chat: Chat;
  name: string;
}

/** A room of its own and who is in it. */
export interface Together {
  room: string;
  guests: Guest[];
}

/** Comes in as a guest, in a context of its own. */
type Enter = (room?: string) => Promise<Chat>;

/** A room of its own with two guests in it. */
export async function pair(enter: Enter): Promise<{ room: string; ada: Guest; bo: Guest }> {
  const { room, guests } = await together(enter, 2);
  const [ada, bo] = guests as [Guest, Guest];
  return { room, ada, bo };
}

/** A room of its own with so many guests in it, all of whom look at it. */
export async function together(enter: Enter, n: number, about = 'Nook'): Promise<Together> {
  const first = await enter();
  const room = await first.createRoom(freshName(about));
  const guests = [await named(first)];
  for (let at = 1; at < n; at += 1) {
    guests.push(await comeTo(enter, room));
  }
  for (const { chat } of guests) await expect(nHere(chat)).toHaveText(`${n} here`);
  return { room, guests };
}

/** One more guest in a room. */
export async function comeTo(enter: Enter, room: string): Promise<Guest> {
  const chat = await enter(room);
  await chat.join();
  return named(chat);
}

/** How many the page says are here. */
export function nHere(chat: Chat): Locator {
  return chat.page.locator('.room__here');
}

async function named(chat: Chat): Promise<Guest> {
  return { chat, name: await ownName(chat) };
}
