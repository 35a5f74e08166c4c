// The same program as a later release would be: its pages are of another build.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Program } from './server.ts';

/** One process, or those of the stack. */
const PROGRAMS = ['hubbub', 'socket-server', 'app', 'indexer', 'search', 'bench'];

/** Makes one out of a program that was built, in a folder of its own. */
export async function newerThan(program: Program): Promise<{ program: Program; remove: () => Promise<void> }> {
  const home = path.dirname(program.binary);
  const folder = await mkdtemp(path.join(home, 'newer-'));
  const newer = { binary: path.join(folder, 'hubbub'), site: path.join(folder, 'site') };
  for (const name of PROGRAMS.filter((it) => existsSync(path.join(home, it)))) {
    await copyFile(path.join(home, name), path.join(folder, name));
  }
  await cp(program.site, newer.site, { recursive: true });

  // What browsers run is named by its content: another name is another build.
  const hashes = await readFile(path.join(home, 'hash.txt'), 'utf8');
  const old = /^wasm: *(\w+)/m.exec(hashes)![1]!;
  const fresh = randomBytes(8).toString('hex');
  await writeFile(path.join(folder, 'hash.txt'), hashes.replace(old, fresh));
  const files = await readdir(newer.site, { recursive: true });
  for (const file of files.filter((it) => it.includes(old))) {
    await rename(path.join(newer.site, file), path.join(newer.site, file.replace(old, fresh)));
  }
  return { program: newer, remove: () => rm(folder, { recursive: true, force: true }) };
}
