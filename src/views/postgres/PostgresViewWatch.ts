import pg from 'pg'
import type { TenantId } from '../../domain/streams.ts'
import { ViewsLost, type ViewWatch } from '../ViewStore.ts'
import { asUnavailable, connection } from './database.ts'
import { type Entry, look, putBack, renewEpoch } from './look.ts'
import { connectingTo, generationOf, type PostgresViews } from './options.ts'
import { Statements } from './Statements.ts'
import { createIfMissing } from './schema.ts'
import { type Told, toldIn } from './told.ts'

export interface ViewWatchOptions extends PostgresViews {
  /** Milliseconds between looks, should a notification be lost; 1,000 where it is left out. */
  readonly pollMs?: number
  /** The epoch of the journal whose positions are wanted; where it is left out, of the one that is there. */
  readonly journal?: string
}

const POLL_MS = 1_000
const FIRST_BACKOFF_MS = 50
const MAX_BACKOFF_MS = 5_000

type Listener = Parameters<ViewWatch['onMoved']>[0]

const PUT_BACK = 'The views in PostgreSQL were put back to an earlier time'
const NOBODY: ReadonlySet<TenantId> = new Set()

/** As long as this connection lives, the generation is not dropped: see PostgresGenerations.ts. */
const READ_HERE = 'SELECT pg_advisory_lock_shared(hashtextextended($1, 0))'

/** Watches these views. Rejects as `openPostgresViewReader` does. */
export async function openPostgresViewWatch(options: ViewWatchOptions): Promise<ViewWatch> {
  await createIfMissing(connectingTo(options))
  const watch = new PostgresViewWatch(options)
  await watch.open()
  return watch
}

/**
 * One connection that listens. It looks for itself now and then, and whenever it has come about again, so that a notification is
 * only the quickest way to hear of a batch; of one that says nothing, whoever sent it, it looks at once. Whose events came is told
 * where no batch was left out.
 */
class PostgresViewWatch implements ViewWatch {
  readonly #options: ViewWatchOptions
  readonly #listeners = new Set<Listener>()
  readonly #losing = new AbortController()
  #journal: string | undefined
  #client: pg.Client | null = null
  #batch = 0
  #position = 0
  #end = 0
  /** The newest entry of the journal, as last seen. */
  #last: Entry | null = null
  #backoffMs = FIRST_BACKOFF_MS
  #next: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: ViewWatchOptions) {
    this.#options = options
    this.#journal = options.journal
  }

  get position(): number {
    return this.#position
  }

  get end(): number {
    return this.#end
  }

  get lost(): AbortSignal {
    return this.#losing.signal
  }

  expect(position: number): void {
    this.#end = Math.max(this.#end, position)
  }

  onMoved(listener: Listener): () => void {
    const own: Listener = (position, tenants) => listener(position, tenants)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  /** Resolves once it listens. */
  async open(): Promise<void> {
    const client = new pg.Client(connection(connectingTo(this.#options)))
    client.on('notification', ({ payload }) => {
      const told = toldIn(payload)
      if (told !== null) this.#hear(told)
      else if (client === this.#client) this.#later(0)
    })
    // Whatever it was, the next look or question says so too.
    client.on('error', () => {})
    this.#client = client
    try {
      await client.connect()
      const generation = generationOf(this.#options)
      await client.query(READ_HERE, [generation])
      await client.query(`LISTEN ${generation}`)
      await this.#look(client)
    } catch (error) {
      void this.#drop()
      throw asUnavailable(error)
    }
    this.#backoffMs = FIRST_BACKOFF_MS
    client.once('end', () => this.#later(0))
    this.#later(this.#options.pollMs ?? POLL_MS)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#drop()
  }

  async #look(client: pg.Client): Promise<void> {
    const heard = { batch: this.#batch, end: this.#end, last: this.#last }
    const sql = new Statements(client)
    const seen = await look(sql, heard.last)
    if (seen === null) return this.#lose('The views are gone from PostgreSQL')
    const { batch, position, end, journal } = seen
    this.#journal ??= journal
    if (journal !== this.#journal) return this.#lose()
    const fault = putBack(seen, heard)
    if (fault !== null) {
      await renewEpoch(sql, journal)
      return this.#lose(`${PUT_BACK}: their journal ${fault}`)
    }
    this.#last = seen.last
    if (batch < heard.batch) return this.#lose()
    this.#hear([batch, position, null])
    if (end <= this.#position) return
    // Again and again, for as long as it is behind.
    this.#end = Math.max(this.#end, end)
    this.#tell(NOBODY)
  }

  #lose(message?: string): void {
    this.#losing.abort(new ViewsLost(message))
    clearTimeout(this.#next)
  }

  #hear([batch, position, tenants]: Told): void {
    if (batch <= this.#batch) return
    const isNext = batch === this.#batch + 1
    this.#batch = batch
    this.#position = Math.max(this.#position, position)
    this.#end = Math.max(this.#end, position)
    this.#tell(isNext && tenants !== null ? new Set(tenants) : null)
  }

  #tell(tenants: ReadonlySet<TenantId> | null): void {
    for (const listener of this.#listeners) listener(this.#position, tenants)
  }

  #later(ms: number): void {
    clearTimeout(this.#next)
    if (!this.#isClosed && !this.lost.aborted) this.#next = setTimeout(() => void this.#goOn(), ms).unref()
  }

  async #goOn(): Promise<void> {
    try {
      if (this.#client === null) return await this.open()
      await this.#look(this.#client)
      this.#later(this.#options.pollMs ?? POLL_MS)
    } catch {
      void this.#drop()
      this.#later(Math.random() * this.#backoffMs)
      this.#backoffMs = Math.min(this.#backoffMs * 2, MAX_BACKOFF_MS)
    }
  }

  async #drop(): Promise<void> {
    clearTimeout(this.#next)
    const client = this.#client
    this.#client = null
    client?.removeAllListeners('end')
    await client?.end().catch(() => {})
  }
}
