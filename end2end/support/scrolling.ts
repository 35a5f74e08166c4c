// Reading a long room: what is on screen while one scrolls, looked at in every frame.

import { expect } from '@playwright/test';

import type { Chat } from './chat.ts';

/** What was seen since the watch began. */
export interface Watched {
  /** Most messages that existed as elements at any moment. */
  most: number;
  /** Every message that was in view, each once, in the order in which they came into view. */
  seen: number[];
  /** What was wrong: rows out of order, doubled or missing, and views with nothing in them. */
  wrong: string[];
}

/** Watches the rows from now on, until it is asked. */
export async function watchRows(chat: Chat): Promise<() => Promise<Watched>> {
  const watching = await chat.timeline.evaluateHandle((scroller) => {
    const seen = new Set<number>();
    const watched = { most: 0, wrong: [] as string[], seen };
    const complain = (what: string) => watched.wrong.length < 20 && watched.wrong.push(what);
    const rows = () => [...scroller.querySelectorAll<HTMLElement>('.timeline__rows > .message')];
    const sequence = (row: HTMLElement) => Number(row.id.slice(1));

    const count = () => {
      watched.most = Math.max(watched.most, scroller.querySelectorAll('.message').length);
    };
    new MutationObserver(count).observe(scroller, { childList: true, subtree: true });

    // At the very end of each frame, when all that is laid out in it has been: as an observer of sizes is told then.
    const flag = document.body.appendChild(document.createElement('i'));
    flag.style.cssText = 'position:fixed;visibility:hidden;height:1px;width:1px';
    new ResizeObserver(() => look()).observe(flag);
    const nextFrame = () =>
      requestAnimationFrame(() => (flag.style.width = flag.style.width === '1px' ? '2px' : '1px'));
    const look = () => {
      count();
      const all = rows();
      all.slice(1).forEach((row, at) => {
        const [before, here] = [sequence(all[at]!), sequence(row)];
        if (here !== before + 1) complain(`${here} stands under ${before}`);
      });
      const view = scroller.getBoundingClientRect();
      const inView = all.filter((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return bottom > view.top && top < view.bottom;
      });
      inView.forEach((row) => seen.add(sequence(row)));
      const [first, last] = [inView.at(0)?.getBoundingClientRect(), inView.at(-1)?.getBoundingClientRect()];
      const isTop = scroller.scrollTop < 200;
      if (!first || !last) complain(`nothing is in view at ${scroller.scrollTop} of ${scroller.scrollHeight}`);
      else if (!isTop && first.top > view.top + 1) complain(`the view begins with a hole of ${first.top - view.top}`);
      // Under the last row there may be drafts, and a little space.
      else if (last.bottom < view.bottom - 40) complain(`the view ends with a hole of ${view.bottom - last.bottom}`);
      nextFrame();
    };
    nextFrame();
    return watched;
  });
  return () => watching.evaluate(({ most, wrong, seen }) => ({ most, wrong, seen: [...seen] }));
}

/** Follows the text at the top of the view, and says at last by how much it was moved at most. */
export async function watchTopText(chat: Chat): Promise<() => Promise<number>> {
  const watching = await chat.timeline.evaluateHandle((scroller) => {
    const top = () => scroller.getBoundingClientRect().top;
    const rows = [...scroller.querySelectorAll<HTMLElement>('.timeline__rows > .message')];
    const { id } = rows.find((it) => it.querySelector('.message__text')!.getBoundingClientRect().top >= top())!;
    // The element itself may be another by now; the message is the same.
    const place = () => document.querySelector(`#${id} .message__text`)?.getBoundingClientRect().top ?? Infinity;
    const began = place() - top();
    const watched = { moved: 0 };
    const flag = document.body.appendChild(document.createElement('i'));
    flag.style.cssText = 'position:fixed;visibility:hidden;height:1px;width:1px';
    const nextFrame = () =>
      requestAnimationFrame(() => (flag.style.width = flag.style.width === '1px' ? '2px' : '1px'));
    new ResizeObserver(() => {
      watched.moved = Math.max(watched.moved, Math.abs(place() - top() - began));
      nextFrame();
    }).observe(flag);
    return watched;
  });
  return () => watching.evaluate(({ moved }) => moved);
}

/** Turns the wheel over the messages until they stop at an end. Nothing is passed over unseen. */
export async function wheelToEnd(chat: Chat, towards: 'top' | 'bottom', step = 480): Promise<void> {
  const { page, timeline } = chat;
  await timeline.hover();
  await untilAtEnd(chat, towards, () => page.mouse.wheel(0, towards === 'top' ? -step : step));
}

/** Turns the wheel over the messages by so many pixels, frame by frame. */
export async function wheelBy(chat: Chat, pixels: number, step = 480): Promise<void> {
  await chat.timeline.hover();
  for (let left = Math.abs(pixels); left > 0; left -= step) {
    await chat.page.mouse.wheel(0, Math.sign(pixels) * Math.min(step, left));
    await painted(chat);
  }
}

/** Presses a key over and over until the messages stop at an end. */
export async function pressToEnd(chat: Chat, towards: 'top' | 'bottom', key: string): Promise<void> {
  await chat.timeline.focus();
  await untilAtEnd(chat, towards, () => chat.page.keyboard.press(key));
}

/** Drags the scrollbar's thumb as far as it goes, over and over until the messages stop at an end. */
export async function dragToEnd(chat: Chat, towards: 'top' | 'bottom'): Promise<void> {
  const { page, timeline } = chat;
  const { x, y, width, height } = (await timeline.boundingBox())!;
  await untilAtEnd(chat, towards, async () => {
    const thumb = await timeline.evaluate((it) => {
      // Between two buttons as high as the bar is wide runs the thumb, never smaller than this.
      const [button, least] = [(it as HTMLElement).offsetWidth - it.clientWidth, 17];
      const track = it.clientHeight - 2 * button;
      const size = Math.max(least, (track * it.clientHeight) / it.scrollHeight);
      return button + ((track - size) * it.scrollTop) / (it.scrollHeight - it.clientHeight) + size / 2;
    });
    const bar = x + width - 6;
    await page.mouse.move(bar, y + thumb);
    await page.mouse.down();
    await page.mouse.move(bar, towards === 'top' ? y + 1 : y + height - 1, { steps: 6 });
    await page.mouse.up();
  });
}

/** Does something that scrolls, frame by frame, until it moves nothing any more and nothing is left to load or to show. */
async function untilAtEnd(chat: Chat, towards: 'top' | 'bottom', does: () => Promise<void>): Promise<void> {
  await expect(async () => {
    for (let still = 0; still < 3; ) {
      const before = await place(chat, towards);
      await does();
      await painted(chat);
      const after = await place(chat, towards);
      still = before.left < 1 && after.left < 1 && before.sequence === after.sequence ? still + 1 : 0;
    }
  }).toPass({ timeout: 600_000 });
}

/** How far it is to an end, as far as that is known, and which message stands there. */
async function place(chat: Chat, towards: 'top' | 'bottom'): Promise<{ left: number; sequence: string }> {
  return chat.timeline.evaluate((scroller, towards) => {
    const rows = scroller.querySelectorAll('.timeline__rows > .message');
    const { scrollTop, scrollHeight, clientHeight } = scroller;
    const isTop = towards === 'top';
    // What is not loaded yet, or not made into elements, comes as soon as the server and the page have the time.
    const isMore = isTop
      ? scroller.querySelector('.timeline__start')!.textContent!.startsWith('Earlier messages')
      : document.querySelector('.timeline__newest') !== null;
    const spacer = [...scroller.querySelectorAll<HTMLElement>('.timeline__spacer')].at(isTop ? 0 : -1)!;
    const left = spacer.offsetHeight + (isTop ? scrollTop : scrollHeight - clientHeight - scrollTop);
    return { left: isMore ? Infinity : left, sequence: [...rows].at(isTop ? 0 : -1)?.id ?? '' };
  }, towards);
}

/** Two frames, after which what was asked for has been painted. */
export async function painted(chat: Chat): Promise<void> {
  await chat.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}
