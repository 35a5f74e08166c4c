// What browsers complain of: errors and warnings in the console, uncaught exceptions, broken security policies.

import type { BrowserContext } from '@playwright/test';

/** Chromium says this where a machine is so busy that a page takes seconds to start, and of nothing else here. */
const SLOW = /was preloaded using link preload but not used within a few seconds/;

/** Every complaint of the contexts it listens to, but for those that a test expects. */
export class Complaints {
  private readonly heard: string[] = [];
  private readonly expected: RegExp[] = [];

  /** Listens to all pages of a context, from now on. */
  listenTo(context: BrowserContext): void {
    context.on('console', (message) => {
      const { url } = message.location();
      if (['error', 'warning'].includes(message.type()) && !SLOW.test(message.text())) {
        this.heard.push(`console ${message.type()}: ${message.text()} (${url})`);
      }
    });
    context.on('weberror', (failure) => this.heard.push(`uncaught: ${failure.error()}`));
  }

  /** Says that complaints like this belong to what is tried, as those of a cut network. */
  expect(pattern: RegExp): void {
    this.expected.push(pattern);
  }

  /** Those that nobody expected. */
  unexpected(): string[] {
    return this.heard.filter((it) => !this.expected.some((pattern) => pattern.test(it)));
  }
}

/** What Chromium says of requests and sockets while the server is away, or the network. */
export const NETWORK = /net::ERR_|WebSocket connection to/;
