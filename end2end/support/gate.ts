// Between a page and the chat's socket: shut, the page loads as ever and gets no connection.

import type { Page, WebSocketRoute } from '@playwright/test';

/** Where connections are cut, and what goes through is seen. */
export class Gate {
  /** The texts that the page sent, as often as it did. */
  readonly sent: string[] = [];
  private isOpen = true;
  private readonly through = new Set<WebSocketRoute>();

  private constructor(private readonly page: Page) {}

  /** Stands before the connections that a page makes from its next document on. */
  static async before(page: Page): Promise<Gate> {
    const gate = new Gate(page);
    await page.routeWebSocket(/\/ws$/, (socket) => gate.admit(socket));
    return gate;
  }

  /** Cuts what is connected, and lets nothing through from now on. */
  async shut(): Promise<void> {
    this.isOpen = false;
    await Promise.all([...this.through].map((it) => it.close(CUT)));
    this.through.clear();
  }

  /** Lets connections through again, and has a page that waits for its next try not wait. */
  async open(): Promise<void> {
    this.isOpen = true;
    await tryNow(this.page);
  }

  /** Says something to the page that the server did not. */
  say(frame: string): void {
    for (const socket of this.through) socket.send(frame);
  }

  private admit(socket: WebSocketRoute): void {
    if (!this.isOpen) {
      void socket.close(CUT);
      return;
    }
    this.through.add(socket);
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      const said = JSON.parse(String(frame));
      if (said.type === 'send') this.sent.push(said.text);
      server.send(frame);
    });
  }
}

/** Presses the banner's button, where there is one: waits grow with every try, and tests do not wait. */
export async function tryNow(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Try now' }).evaluateAll((them) => {
    for (const it of them) (it as HTMLElement).click();
  });
}

/** A code after which clients come back. */
const CUT = { code: 4000 };
