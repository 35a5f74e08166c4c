// The page arrives rendered, then comes alive.

import { expect, test } from '../support/fixtures.ts';

test('what one says, another sees', async ({ enter }) => {
  const ada = await enter();
  const bo = await enter();

  await ada.say('Is anybody there?');
  await expect(bo.message('Is anybody there?')).toBeVisible();
  await bo.say('I am.');

  await expect(ada.message('I am.')).toBeVisible();
  await expect(ada.drafts).toHaveCount(0);
});
