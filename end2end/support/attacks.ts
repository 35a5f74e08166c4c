// What somebody might write who wants another's browser to run it. Each calls `alert` where it succeeds.

import { expect, type Page } from '@playwright/test';

/** As texts, topics, names of rooms and of members. Short enough for any of them, by their first letters. */
export const ATTACKS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)>',
  '<svg><script>alert(1)</script>',
  '<body onload=alert(1)>',
  '"><script>alert(1)</script>',
  "'><img src=x onerror=alert(1)>",
  '</textarea><svg onload=alert(1)>',
  '</title><svg onload=alert(1)>',
  '</script><svg onload=alert(1)>',
  '<!--><svg onload=alert(1)>-->',
  '<b onmouseover=alert(1)>hover</b>',
  '<input onfocus=alert(1) autofocus>',
  '<details open ontoggle=alert(1)>',
  '<iframe src=javascript:alert(1)>',
  '<object data=javascript:alert(1)>',
  '<math><a href=javascript:alert(1)>',
  '<style>*{background:red}</style>',
  '<base href=//evil.example/>',
  '<form action=//evil.example>',
  '" onfocus=alert(1) autofocus x="',
  "' onclick=alert(1) x='",
  '`${alert(1)}`',
  '{{alert(1)}}',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '<a href="jav&#x61;script:alert(1)">',
  '<x contenteditable onblur=alert(1)>',
  '\\u003cscript\\u003ealert(1)',
  '%3Cscript%3Ealert(1)%3C/script%3E',
  '<template><img src onerror=alert(1)>',
];

/** As links: in a text, where those to the web become links. */
export const LINK_ATTACKS = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'javascript://example.org/%0aalert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:alert(1)',
  'https://example.org/"onmouseover="alert(1)',
  "https://example.org/'onclick='alert(1)",
  'https://example.org/<script>alert(1)</script>',
  'https://example.org/?q=</a><svg/onload=alert(1)>',
  'https://javascript:alert(1)@example.org/',
  'mailto:a@example.org"onmouseover="alert(1)',
  'blob:https://example.org/alert(1)',
];

/** Hears what calls `alert` on a page, in any of its documents and their frames, and keeps it where no page forgets it. */
export class Ear {
  private readonly heard: string[] = [];

  private constructor(private readonly page: Page) {}

  /** Listens to a page, from its next document on. */
  static async on(page: Page): Promise<Ear> {
    const ear = new Ear(page);
    await page.exposeBinding('alert', ({ frame }) => void ear.heard.push(frame.url()));
    return ear;
  }

  /** Nothing ran; and what runs is heard, as what we run ourselves is. */
  async expectNothing(): Promise<void> {
    expect(this.heard, 'ran').toEqual([]);
    await this.page.evaluate(() => alert(1));
    expect(this.heard).toEqual([this.page.url()]);
    this.heard.length = 0;
  }
}
