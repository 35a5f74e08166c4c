// Whether a site is well, seen from outside; and a way to it on which something is not.

import { execFile } from 'node:child_process';
import { createServer, request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import { STACK } from './server.ts';

/** What the doctor says of a site, a line for each check, and whether all of it is well. */
export async function examine(url: string): Promise<{ isWell: boolean; said: string }> {
  return new Promise((resolve) => {
    execFile(STACK!, ['deploy', 'doctor', url], (error, stdout, stderr) => {
      resolve({ isWell: error === null, said: stdout + stderr });
    });
  });
}

/** What is wrong on the way: with which path it asks, what it answers in the site's place, which header it leaves out. */
export interface Amiss {
  leads?: (path: string) => string;
  answers?: (path: string) => number | undefined;
  hides?: string;
}

/** A way to a site on which something is amiss. The site takes it for its own. */
export async function wayTo(site: string, { leads = (it) => it, answers = () => undefined, hides = '' }: Amiss) {
  const host = new URL(site).host;
  const ask = (asked: IncomingMessage) => {
    const { origin, ...others } = asked.headers;
    const headers = { ...others, host, ...(origin === undefined ? {} : { origin: site }) };
    return request(site + leads(asked.url!), { method: asked.method!, headers });
  };
  const server = createServer((asked, answer) => {
    const own = answers(asked.url!);
    if (own !== undefined) return void answer.writeHead(own).end();
    const passed = ask(asked);
    passed.on('response', (heard) => {
      const kept = Object.entries(heard.headers).filter(([name]) => ![hides, 'transfer-encoding'].includes(name));
      answer.writeHead(heard.statusCode!, Object.fromEntries(kept) as OutgoingHttpHeaders);
      heard.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  });
  server.on('upgrade', (asked: IncomingMessage, socket: Socket, begun: Buffer) => {
    const passed = ask(asked);
    passed.on('upgrade', (heard, other, said) => {
      const lines = heard.rawHeaders.map((it, at) => (at % 2 === 0 ? `${it}: ` : `${it}\r\n`));
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
      socket.write(said);
      other.write(begun);
      other.pipe(socket).pipe(other);
      for (const one of [socket, other]) one.on('error', () => one.destroy());
    });
    passed.on('response', (heard) => socket.end(`HTTP/1.1 ${heard.statusCode} No\r\n\r\n`));
    passed.on('error', () => socket.destroy());
    passed.end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
