// The chat as its members meet it: found by role and label, as they and their screen readers find it.

import { expect, type Locator, type Page } from '@playwright/test';

/** A page of the chat. */
export class Chat {
  readonly page: Page;
  /** The rooms at the side. */
  readonly rooms: Locator;
  /** What the room on screen is called. */
  readonly heading: Locator;
  /** Where one writes. */
  readonly composer: Locator;
  /** What scrolls. */
  readonly timeline: Locator;
  /** Every message and draft that exists as an element. */
  readonly messages: Locator;
  /** Those that are not durable yet. */
  readonly drafts: Locator;
  /** Who is in the room. */
  readonly people: Locator;
  /** What is said of the connection. */
  readonly banner: Locator;

  constructor(page: Page) {
    this.page = page;
    this.rooms = page.getByRole('navigation', { name: 'Rooms' });
    this.heading = page.getByRole('heading', { level: 1 });
    this.composer = page.getByRole('textbox', { name: /^Message to / });
    this.timeline = page.getByRole('region', { name: 'Messages' });
    this.messages = this.timeline.locator('.message');
    this.drafts = page.getByRole('list', { name: 'On their way' }).locator('.message');
    this.people = page.getByRole('complementary', { name: 'People' });
    this.banner = page.locator('.banner');
  }

  /** Opens a room by its address. Done when the page is alive and the server has greeted it. */
  async open(room = 'general'): Promise<void> {
    await this.connecting(() => this.page.goto(`/r/${room}`));
  }

  /** Loads the page anew. Done when it is alive again. */
  async reload(): Promise<void> {
    await this.connecting(() => this.page.reload());
  }

  /** Does something that brings up a new connection. Done when the server has greeted it. */
  async connecting(does: () => Promise<unknown>): Promise<void> {
    const greeted = new Promise<void>((resolve) => {
      const hear = (socket: { on(event: 'framereceived', heard: (frame: { payload: string | Buffer }) => void): unknown }) =>
        socket.on('framereceived', ({ payload }) => {
          if (!payload.includes('"type":"welcome"')) return;
          this.page.off('websocket', hear);
          resolve();
        });
      this.page.on('websocket', hear);
    });
    await does();
    await greeted;
  }

  /** Goes to another room by the list at the side. */
  async goTo(name: string): Promise<void> {
    await this.room(name).click();
    await expect(this.heading).toHaveText(name);
  }

  /** A room in the list at the side, by its whole name. */
  room(name: string): Locator {
    return this.rooms.getByRole('listitem').filter({ has: this.page.getByText(name, { exact: true }) }).getByRole('link');
  }

  /** Writes a text and sends it with Enter. It is then on the member's own screen. */
  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
    await expect(this.message(text)).toBeVisible();
  }

  /** The message or draft of exactly this text. */
  message(text: string): Locator {
    return this.messages.filter({ has: this.page.locator('.message__text').getByText(text, { exact: true }) });
  }

  /** The texts that exist as elements, from above. */
  async texts(): Promise<string[]> {
    return this.messages.locator('.message__text').allTextContents();
  }

  /** Somebody in the list of people. */
  person(name: string): Locator {
    return this.people.getByRole('listitem').filter({ hasText: name });
  }

  /** Makes a room and is in it. Gives its address. */
  async createRoom(name: string, topic = '', { isPrivate = false } = {}): Promise<string> {
    const list = this.rooms.getByRole('link', { name: 'All rooms, or a new one' });
    // On a phone the list is a pane of its own.
    if (await list.isHidden()) await this.page.getByRole('link', { name: 'To the list of rooms' }).click();
    await list.click();
    await this.page.getByLabel('Name').fill(name);
    await this.page.getByLabel('Topic').fill(topic);
    await this.page.getByLabel(/^Private/).setChecked(isPrivate);
    await this.page.getByRole('button', { name: 'Make the room' }).click();
    await expect(this.heading).toHaveText(name);
    await expect(this.composer).toBeVisible();
    return new URL(this.page.url()).pathname.slice('/r/'.length);
  }

  /** Leaves the room on screen, and is sure of it. */
  async leave(): Promise<void> {
    await this.people.getByRole('button', { name: 'Leave this room' }).click();
    await this.people.getByRole('button', { name: 'Leave', exact: true }).click();
  }

  /** Joins the room on screen. */
  async join(): Promise<void> {
    await this.page.getByRole('button', { name: 'Join to talk' }).click();
    await expect(this.composer).toBeVisible();
  }
}
