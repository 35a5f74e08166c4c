// The search as its members meet it.

import { expect, type Locator, type Page } from '@playwright/test';

import type { Chat } from './chat.ts';

/** The page of the search. */
export class Searching {
  readonly page: Page;
  /** Where one types. */
  readonly box: Locator;
  /** What could stand there. */
  readonly offers: Locator;
  /** What was found. */
  readonly hits: Locator;
  /** What is said of it. */
  readonly status: Locator;

  constructor(page: Page) {
    this.page = page;
    this.box = page.getByRole('combobox', { name: 'Search messages' });
    this.offers = page.getByRole('listbox').getByRole('option');
    this.hits = page.getByRole('list', { name: 'Messages that were found' }).getByRole('link');
    // Not that of a room, which goes a moment after its address.
    this.status = page.getByRole('main').filter({ has: this.box }).getByRole('status');
  }

  /** Goes there by the list at the side. */
  static async from(chat: Chat): Promise<Searching> {
    const searching = new Searching(chat.page);
    await chat.rooms.getByRole('link', { name: 'Search' }).click();
    await expect(searching.box).toBeFocused();
    return searching;
  }

  /** The hit that says this. */
  hit(text: string): Locator {
    return this.hits.filter({ hasText: text });
  }

  /** Looks for something that somebody must find: the index comes a moment after the message. */
  async find(text: string, n = 1): Promise<void> {
    await expect.poll(async () => (await found(this.page, text)).length).toBe(n);
    await this.box.fill(text);
    await expect(this.hits).toHaveCount(n);
  }
}

/** The texts that a page's member finds, past the page: in the index, which a new stack does not have from the beginning. */
export async function found(page: Page, query: string): Promise<string[]> {
  const address = new URL(`/api/search?q=${encodeURIComponent(query)}&limit=50`, page.url());
  const answer = await page.request.get(address.href);
  expect(answer.status(), await answer.text()).toBe(200);
  const { hits, source } = (await answer.json()) as { hits: { text: string }[]; source: string };
  return source === 'index' ? hits.map((it) => it.text) : [];
}

let n_words = 0;

/** A word that nobody has said: the tests of a worker share a server. */
export function freshWord(): string {
  n_words += 1;
  return `quokka${n_words}x`;
}
