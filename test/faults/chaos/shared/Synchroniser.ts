import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { EXIT } from '../../../../src/cli/exitCodes.ts'
import { start } from '../../../support/process.ts'
import { Turns } from '../Turns.ts'

const AGAIN_MS = 100

/** A process of `rollcall synchronise`, under a supervisor: whenever it ends it is started again. */
export class Synchroniser {
  readonly #environment: Readonly<Record<string, string>>
  readonly #onAmiss: (what: string) => void
  readonly #turns = new Turns()
  #child: ChildProcess | null = null

  constructor(environment: Readonly<Record<string, string>>, onAmiss: (what: string) => void) {
    this.#environment = { ...environment, ROLLCALL_LOG_LEVEL: 'error' }
    this.#onAmiss = onAmiss
    this.#up()
  }

  /** kill -9, and up again; `meanwhile` is done while it is down. */
  kill(meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    return this.#turns.take(async () => {
      await this.#down()
      await meanwhile()
      this.#up()
    })
  }

  close(): Promise<void> {
    return this.#turns.take(() => this.#down())
  }

  #up(): void {
    const child = start(['synchronise'], this.#environment)
    this.#child = child
    child.stdout?.resume()
    let said = ''
    child.stderr?.on('data', (chunk) => (said = `${said}${chunk}`.slice(-2_000)))
    child.once('close', (code) => {
      if (this.#child !== child) return
      // What it needs may be away just now. Nothing else may end it.
      if (code !== EXIT.unavailable) this.#onAmiss(`a synchroniser ended with ${code}: ${said}`)
      void this.#turns.take(async () => {
        await delay(AGAIN_MS)
        if (this.#child === child) this.#up()
      })
    })
  }

  async #down(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null) return
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
  }
}
