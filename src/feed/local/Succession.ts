import { setTimeout as sleep } from 'node:timers/promises'
import type { ViewReader } from '../../views/ViewStore.ts'
import type { Report } from './messages.ts'
import type { Supervisor } from './Supervisor.ts'

/** One view file with the worker that keeps it up and the reader that is read. */
export interface Reign {
  readonly file: string
  readonly supervisor: Supervisor
  readonly views: ViewReader
  /** Hears the worker. */
  onReport: (report: Report) => void
}

export interface SuccessionParts {
  /** Which file is to serve by now. */
  servingFile(): Promise<string>
  current(): Reign
  start(file: string): Promise<Reign>
  /** From here on this one serves; the one before is closed after it. */
  take(next: Reign): void
  onTrouble(message: string): void
}

/** How soon it is noticed that another generation is to serve. */
const LOOK_MS = 250
const HOLD_MS = 500

/**
 * Goes over to another generation where one is to serve (rule 11). It is brought level beside the one that serves, which goes on
 * until the other shows at least as much: so nobody waits, and nobody sees less than before. Trouble leaves things as they are, and
 * the next look tries again.
 */
export class Succession {
  readonly #parts: SuccessionParts
  #timer: NodeJS.Timeout | undefined
  #underWay: Promise<void> | null = null
  #closed = false
  #told = ''
  #wake: () => void = () => {}

  constructor(parts: SuccessionParts) {
    this.#parts = parts
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref()
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    this.#wake()
    await this.#underWay
  }

  #look(): void {
    this.#underWay ??= this.#succeed()
      .catch((error: unknown) => this.#tell(`the other views cannot be gone over to yet: ${error}`))
      .finally(() => {
        this.#underWay = null
      })
  }

  /** Once, however often it is tried. */
  #tell(trouble: string): void {
    if (trouble !== this.#told) this.#parts.onTrouble(trouble)
    this.#told = trouble
  }

  async #succeed(): Promise<void> {
    const file = await this.#parts.servingFile()
    const before = this.#parts.current()
    if (this.#closed || file === before.file) return
    const next = await this.#parts.start(file)
    try {
      await this.#level(next)
      while (!this.#closed && !(await this.#catchUpWith(before, next))) await this.#level(next)
    } catch (error) {
      await closeReign(next)
      throw error
    }
    if (this.#closed) return closeReign(next)
    this.#parts.take(next)
    await closeReign(before)
  }

  /** True if the next one now shows as much: the one before stands still for it, for a moment that nobody's deadline minds. */
  async #catchUpWith(before: Reign, next: Reign): Promise<boolean> {
    await before.supervisor.brake({ held: true })
    let isEqual = false
    try {
      await Promise.race([this.#level(next), sleep(HOLD_MS, undefined, { ref: false })])
      isEqual = (await next.views.position()) >= (await before.views.position())
      return isEqual
    } finally {
      if (!isEqual) await before.supervisor.brake({ held: false })
    }
  }

  /** Resolves once its worker has said that it is level, after having been asked. */
  async #level(reign: Reign): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    reign.onReport = ({ level }) => {
      if (level) resolve()
    }
    if (this.#closed) return
    reign.supervisor.tell({ kind: 'look', demanded: true })
    await promise
  }
}

export async function closeReign({ supervisor, views }: Reign): Promise<void> {
  await supervisor.close()
  await views.close()
}
