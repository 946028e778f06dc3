import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RecordedEvent } from '../../domain/events.ts'
import { type TenantId, tenantOfStream } from '../../domain/streams.ts'
import type { OrderedLogReader } from '../../log/EventLog.ts'
import type { ViewWriter } from '../../views/ViewStore.ts'
import { querySync, type SyncedBatch } from '../querySync.ts'
import { seqsIn } from '../Waiters.ts'
import type { Brakes, Report } from './messages.ts'

/** How often an idle loop asks whether another process has appended: one question to the log, some microseconds. */
const POLL_MS = 10
/** Beyond it, one question to the views is cheaper than sending what they have to another thread. */
const MAX_TOLD_EVENTS = 300

/** Runs querySync whenever it is told to look and whenever the log has grown, until it is closed. */
export class SyncLoop {
  readonly #log: OrderedLogReader
  readonly #views: ViewWriter
  readonly #report: (report: Report) => void
  #brakes: Brakes
  #waitingBrakes: (() => void)[] = []
  #noticed = true
  #demanded = false
  #closed = false
  #reported = 0
  #quarantined = 0
  #wake: () => void = () => {}

  constructor(log: OrderedLogReader, views: ViewWriter, brakes: Brakes, report: (report: Report) => void) {
    this.#log = log
    this.#views = views
    this.#brakes = brakes
    this.#report = report
  }

  look(demanded: boolean): void {
    if (demanded) this.#demanded = true
    else this.#noticed = true
    this.#wake()
  }

  /** Resolves when nothing runs any more that the brakes forbid. */
  brake(brakes: Brakes): Promise<void> {
    this.#brakes = brakes
    return new Promise((resolve) => {
      this.#waitingBrakes.push(resolve)
      this.#wake()
    })
  }

  close(): void {
    this.#closed = true
    this.#wake()
  }

  /** Resolves when closed, after the batch under way. Rejects with whatever the log or the views reject with. */
  async run(): Promise<void> {
    this.#quarantined = (await this.#views.quarantined()).length
    while (!this.#closed) {
      for (const inEffect of this.#waitingBrakes.splice(0)) inEffect()
      if (this.#isDue()) await this.#sync()
      else if (await this.#sleptThrough()) await this.#poll()
    }
  }

  #isDue(): boolean {
    return !this.#brakes.held && (this.#demanded || (this.#noticed && !this.#brakes.paused))
  }

  async #sync(): Promise<void> {
    const demanded = this.#demanded
    this.#demanded = false
    this.#noticed = false
    let told = false
    const end = await querySync(this.#log, this.#views, {
      stopped: () => this.#closed || this.#brakes.held || (this.#brakes.paused && !demanded),
      onBatch: async (batch) => {
        await this.#reportBatch(batch)
        told = batch.level
        // The engines may be synchronous: without a turn of the event loop no message would be heard until level.
        if (!batch.level) await nextTurn()
      },
    })
    if (end === 'stopped') {
      this.#demanded ||= demanded
      this.#noticed = true
    } else if (!told) {
      await this.#reportLevel()
    }
  }

  async #reportBatch({ after, events, applied, level }: SyncedBatch): Promise<void> {
    const { position, duplicates, quarantined } = applied
    if (quarantined.length > 0) this.#quarantined = (await this.#views.quarantined()).length
    const aloneAtIt = after === this.#reported && position === events.at(-1)?.position
    this.#reported = position
    this.#report({
      position,
      logPosition: level ? position : await this.#log.position(),
      level,
      applied: applied.applied,
      duplicates,
      tenants: aloneAtIt ? tenantsOf(events) : null,
      seqs: aloneAtIt && events.length <= MAX_TOLD_EVENTS ? seqsIn(events, applied) : null,
      quarantined: this.#quarantined,
    })
  }

  /** For those who asked, and for what another process has applied. */
  async #reportLevel(): Promise<void> {
    const position = await this.#views.position()
    const tenants = position === this.#reported ? [] : null
    this.#reported = position
    this.#report({
      position,
      logPosition: position,
      level: true,
      applied: 0,
      duplicates: 0,
      tenants,
      seqs: null,
      quarantined: this.#quarantined,
    })
  }

  async #poll(): Promise<void> {
    if ((await this.#log.position()) > this.#reported) this.#noticed = true
  }

  /** Sleeps until it is woken, or until it is time to poll: then true. Under brakes there is nothing to poll for. */
  #sleptThrough(): Promise<boolean> {
    const { paused, held } = this.#brakes
    return new Promise((resolve) => {
      const timer = paused || held ? undefined : setTimeout(() => resolve(true), POLL_MS)
      this.#wake = () => {
        clearTimeout(timer)
        resolve(false)
      }
    })
  }
}

const tenantsOf = (events: readonly RecordedEvent[]): readonly TenantId[] => [
  ...new Set(events.map(({ stream }) => tenantOfStream(stream))),
]
