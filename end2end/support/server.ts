// A server of its own on a port that was free: `hubbub serve` with its file, or the stack of many processes with its tables.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { tablesWith } from './tables.ts';

const target = path.resolve(import.meta.dirname, '../../target');

/** A server that was built, and what it serves. */
export interface Program {
  binary: string;
  site: string;
}

/** The one that is tried. */
export const BUILT: Program = {
  binary: process.env['HUBBUB_BINARY'] ?? path.join(target, 'debug/hubbub'),
  site: process.env['HUBBUB_SITE'] ?? path.join(target, 'site'),
};

/** What starts the stack of many processes in place of one, and the engines that it is to use. */
export const STACK = process.env['HUBBUB_STACK'];
const DYNAMODB = process.env['HUBBUB_TEST_DYNAMODB'] ?? '';
const REDIS = process.env['HUBBUB_TEST_REDIS'] ?? '';

/** So many lines of its log are kept for a test that fails. */
const LOG_LINES = 400;

/** All tests of a worker come from one address, and faster than people: these limits must not meet them. */
const WIDE_LIMITS = {
  HUBBUB_ADMIN_ACTS: '1000/1000',
  HUBBUB_CONNECTIONS_PER_ADDRESS: '1000',
  HUBBUB_GUESTS: '1000/1000',
  HUBBUB_RESETS: '1000/1000',
  HUBBUB_SIGN_INS: '1000/1000',
  HUBBUB_SIGN_UPS: '1000/1000',
};

/** Settings of the server by their names: `HUBBUB_…`. */
export type Settings = Record<string, string>;

/** A server that a test may kill and start again, on the same port with the same data. */
export class Server {
  /** Where it listens, as `http://127.0.0.1:41234`. */
  url = '';
  readonly data: string;
  private readonly settings: Settings;
  private program = BUILT;
  private child: ChildProcess | undefined;
  private lines: string[] = [];
  private panics: string[] = [];
  /** The process of each node of the stack. */
  private readonly nodes = new Map<number, number>();
  private updated = () => {};

  private constructor(data: string, settings: Settings) {
    this.data = data;
    this.settings = settings;
  }

  /** Starts one with an empty database; it listens when this is done. */
  static async start(settings: Settings = {}): Promise<Server> {
    const server = new Server(await mkdtemp(path.join(tmpdir(), 'hubbub-')), settings);
    await server.launch('127.0.0.1:0');
    return server;
  }

  /** The end of its log. */
  log(): string {
    return this.lines.join('\n');
  }

  /** Where it panicked since this was last asked: a page may arrive all the same. */
  takePanics(): string[] {
    return this.panics.splice(0);
  }

  /** Ends it as a crash would: at once, and without a word to anybody. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Ends one node of the stack as a crash would. It is started again. */
  killNode(n: number): void {
    process.kill(this.nodes.get(n)!, 'SIGKILL');
  }

  /** Puts another build in the place of the one that runs, as a deployment does: while members talk. */
  async update(program: Program): Promise<void> {
    const child = this.child!;
    const done = new Promise<void>((resolve, reject) => {
      this.updated = resolve;
      child.once('close', () => reject(new Error(`the server ended before it was updated\n${this.log()}`)));
    });
    child.stdin!.write(`update ${program.binary} ${program.site}\n`);
    await done;
    this.program = program;
  }

  /** Starts a program that was built beside the server, told what the server is told. */
  spawn(name: string, ...args: string[]): ChildProcess {
    const program = path.join(path.dirname(this.program.binary), name);
    return spawn(program, args, { env: this.environment(), stdio: ['pipe', 'pipe', 'inherit'] });
  }

  /** All that is kept, each part with its name. */
  async stored(): Promise<[string, Buffer][]> {
    if (STACK) return tablesWith(this.prefix(), DYNAMODB);
    const names = await readdir(this.data);
    return Promise.all(names.map(async (name) => [name, await readFile(path.join(this.data, name))] as [string, Buffer]));
  }

  /** Starts it where it was, or another program in its place. */
  async restart(program = this.program): Promise<void> {
    await this.end('SIGKILL');
    this.program = program;
    await this.launch(new URL(this.url).host);
  }

  /** Ends it as an operator would. Its data stays, all of it in the database's one file. */
  async pause(): Promise<void> {
    await this.end('SIGTERM');
  }

  /** Ends it as an operator would, and leaves nothing behind. */
  async stop(): Promise<void> {
    await this.pause();
    await rm(this.data, { recursive: true, force: true });
  }

  /** Runs another of the program's commands on its data, as `hubbub seed`, and gives what it printed. */
  async run(...args: string[]): Promise<string> {
    const child = spawn(this.program.binary, args, { env: this.environment(), stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.on('data', (piece) => (printed += piece));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`hubbub ${args.join(' ')} ended with ${code}\n${printed}`);
    return printed;
  }

  private environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      LEPTOS_OUTPUT_NAME: 'hubbub',
      LEPTOS_SITE_ROOT: this.program.site,
      LEPTOS_SITE_PKG_DIR: 'pkg',
      LEPTOS_HASH_FILES: 'true',
      ...WIDE_LIMITS,
      ...(STACK ? this.tables() : {}),
      ...this.settings,
      HUBBUB_DATA: this.data,
    };
  }

  private tables(): Settings {
    return {
      HUBBUB_BINARY: this.program.binary,
      HUBBUB_STORE: 'dynamodb',
      HUBBUB_DYNAMODB_ENDPOINT: DYNAMODB,
      HUBBUB_BUS: REDIS,
      HUBBUB_PREFIX: this.prefix(),
    };
  }

  /** What the names of tables and keys begin with: servers that share engines do not meet. */
  private prefix(): string {
    return path.basename(this.data).toLowerCase().replaceAll(/[^a-z0-9]/g, '-');
  }

  private async launch(address: string): Promise<void> {
    const [command, task] = STACK ? [STACK, 'stack-of-tests'] : [this.program.binary, 'serve'];
    const child = spawn(command, [task], {
      env: { ...this.environment(), HUBBUB_ADDR: address },
      stdio: [STACK ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    // A worker that dies takes its server along.
    const orphaned = () => child.kill('SIGKILL');
    process.once('exit', orphaned);
    child.once('exit', () => process.off('exit', orphaned));

    this.url = await new Promise((listening, failed) => {
      const read = (line: string) => {
        this.lines = [...this.lines.slice(1 - LOG_LINES), line];
        if (line.includes('panicked at')) this.panics.push(line);
        const node = /^node (\d+) is process (\d+)/.exec(line);
        if (node) this.nodes.set(Number(node[1]), Number(node[2]));
        if (line === 'updated') this.updated();
        const said = (STACK ? /^the front door is (http:\S+)/ : /^listening on (http:\S+)/).exec(line);
        if (said?.[1]) listening(said[1]);
      };
      createInterface(child.stdout!).on('line', read);
      createInterface(child.stderr!).on('line', read);
      child.once('error', failed);
      child.once('close', (code) => failed(new Error(`the server ended with ${code}\n${this.log()}`)));
    });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}
