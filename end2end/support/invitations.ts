// Invitations to rooms, as an admin makes them.

import type { Page } from '@playwright/test';

/** Makes an invitation to a room by its settings, and gives the path of its link. */
export async function invite(page: Page, room: string, { uses }: { uses?: number } = {}): Promise<string> {
  await page.goto(`/room/${room}`);
  if (uses) await page.getByLabel('People it is for').fill(String(uses));
  await page.getByRole('button', { name: 'Make an invitation' }).click();
  const link = await page.getByLabel('The link of the new invitation').inputValue();
  return new URL(link).pathname;
}
