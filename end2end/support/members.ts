// Being someone, through the forms that members use.

import { expect, type Page } from '@playwright/test';

import { Chat } from './chat.ts';

export const PASSWORD = 'correct horse battery';

let n_names = 0;

/** A name that nobody has: the tests of a worker share a server. */
export function freshName(name: string): string {
  n_names += 1;
  return `${name} ${n_names}`;
}

/** Comes in as a guest, at a room. */
export async function enterAsGuest(page: Page, room = 'general'): Promise<Chat> {
  const chat = new Chat(page);
  await page.goto(`/r/${room}`);
  await chat.connecting(() => page.getByRole('button', { name: 'Come in as a guest' }).click());
  return chat;
}

/** Makes an account and gives its recovery code. The page then shows that code. */
export async function signUp(page: Page, name: string, password = PASSWORD): Promise<string> {
  await page.goto('/sign-up');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Make account' }).click();
  await expect(page.getByRole('heading', { name: 'Keep this code' })).toBeVisible();
  return page.getByLabel('Recovery code').innerText();
}

/** Signs in. Done when the page that follows is there: the chat, or the form with what was wrong. */
export async function signIn(page: Page, name: string, password = PASSWORD): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** What the member is called, by the foot of their rooms. */
export async function ownName(chat: Chat): Promise<string> {
  return chat.page.locator('.sidebar__my-name').innerText();
}
