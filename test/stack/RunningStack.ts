import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { PATIENT } from '../support/patient.ts'

const MAIN = new URL('../../stack/main.ts', import.meta.url).pathname
const ROOT = new URL('../../', import.meta.url).pathname
const LOOK_MS = 50

/** The command itself, as somebody reads it who has no terminal. */
export class RunningStack {
  readonly process: ChildProcess
  readonly #closed: Promise<unknown[]>
  #said = ''

  /** Whatever else becomes of it, it is killed in the end: of the test, unless said otherwise. */
  constructor(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    inTheEnd: (kill: () => void) => void = onTestFinished,
  ) {
    this.process = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
      env: { ...process.env, ...PATIENT, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#closed = once(this.process, 'close')
    for (const output of [this.process.stdout, this.process.stderr]) {
      output?.on('data', (chunk) => (this.#said += chunk))
    }
    inTheEnd(() => void this.process.kill('SIGKILL'))
  }

  get said(): string {
    return this.#said
  }

  /** The first that it says of this form. */
  async hear(form: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = form.exec(this.#said)
      if (found !== null) return found
      if (this.process.exitCode !== null) throw new Error(`it has ended, and said no ${form}:\n${this.#said}`)
      await delay(LOOK_MS)
    }
  }

  /** Types a command and waits for what it leads to. */
  async type(line: string, outcome: RegExp): Promise<RegExpExecArray> {
    this.#said = ''
    this.process.stdin?.write(`${line}\n`)
    return this.hear(outcome)
  }

  /** Resolves with its exit code. */
  async ended(): Promise<number | null> {
    const [code] = await this.#closed
    return code as number | null
  }
}

/** A part as the page has it. */
export interface PartLine {
  readonly name: string
  readonly pid: number
  readonly place: string
}

export const partsIn = (page: string): readonly PartLine[] =>
  [...page.matchAll(/^ {2}(\S+) +(\d+) +up +(.+)$/gm)].map(([, name = '', pid, place = '']) => ({
    name,
    pid: Number(pid),
    place,
  }))

/** Where everything is, that the page tells. */
export function readPage(page: string) {
  const parts = partsIn(page)
  const [, operatorKey = ''] = /Operator key +(\S+)/.exec(page) ?? []
  const [, env = ''] = /^ {2}\. (\S+\/env)$/m.exec(page) ?? []
  return {
    operatorKey,
    env,
    parts,
    gateways: parts.filter(({ name }) => name.startsWith('gateway-')).map(({ place }) => place),
    pid: (name: string) => parts.find((part) => part.name === name)?.pid ?? 0,
  }
}

/** What a shell prints that is given these lines. */
export async function shell(script: string): Promise<string> {
  return (await promisify(execFile)('sh', ['-c', script], { cwd: ROOT })).stdout
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Resolves when nothing is left of the parts, and nothing of the folder. */
export async function untilGone(parts: readonly PartLine[], folder?: string): Promise<void> {
  while (parts.some(({ pid }) => isRunning(pid))) await delay(LOOK_MS)
  while (folder !== undefined && existsSync(folder)) await delay(LOOK_MS)
}
