// The page of a room's settings, as those see it who are in the room.

import { expect, type Locator, type Page } from '@playwright/test';

/** A room's settings in a tab. */
export class Settings {
  readonly page: Page;
  readonly room: string;
  /** What was done, to admins. */
  readonly acts: Locator;

  constructor(page: Page, room: string) {
    this.page = page;
    this.room = room;
    this.acts = page.getByRole('region', { name: 'What admins did' }).getByRole('listitem').locator('p');
  }

  /** Opens them by their address. */
  async open(): Promise<void> {
    await this.page.goto(`/room/${this.room}`);
  }

  /** Opens them in another tab of the one who looks at a page. */
  static async beside(page: Page, room: string): Promise<Settings> {
    const settings = new Settings(await page.context().newPage(), room);
    await settings.open();
    return settings;
  }

  /** One of the members. */
  member(name: string): Locator {
    return this.page.getByRole('region', { name: 'Members' }).getByRole('listitem').filter({ hasText: name });
  }

  /** Gives the room a name and a topic. */
  async describe(name: string, topic: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
    await this.page.getByRole('textbox', { name: 'Topic' }).fill(topic);
    await this.page.getByRole('button', { name: 'Save' }).click();
  }

  /** Adds somebody by name. Done when they are in the room. */
  async add(name: string): Promise<void> {
    await this.page.getByLabel('Add somebody by name').fill(name);
    await this.page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(this.member(name)).toBeVisible();
  }

  /** Makes a member an admin. Done when they are. */
  async promote(name: string): Promise<void> {
    await this.member(name).getByRole('button', { name: 'Make admin' }).click();
    await expect(this.member(name)).toContainText('admin');
  }

  /** Is an admin no longer, and is sure of it. */
  async stepDown(): Promise<void> {
    await this.page.locator('summary').getByText('Step down').click();
    await this.page.getByRole('button', { name: 'Step down' }).click();
  }

  /** Removes a member by the list. */
  async remove(name: string): Promise<void> {
    await this.member(name).getByRole('button', { name: 'Remove' }).click();
    await expect(this.member(name)).toHaveCount(0);
  }

  /** Leaves the room, and is sure of it. */
  async leave(): Promise<void> {
    await this.page.getByText('Leave this room').click();
    await this.page.getByRole('button', { name: 'Leave', exact: true }).click();
  }

  /** Deletes the room, which has this name. */
  async delete(name: string): Promise<void> {
    await this.page.getByLabel("The room's name").fill(name);
    await this.page.getByRole('button', { name: 'Delete this room' }).click();
  }
}
