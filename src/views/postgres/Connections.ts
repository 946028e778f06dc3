import type pg from 'pg'
import { asUnavailable, type Connecting, openPool } from './database.ts'
import { Statements } from './Statements.ts'

/** A pool that is closed after the last call that is under way: by itself it would forget who waits for a connection. */
export class Connections {
  /** Each statement on whatever connection is free. `close` waits for those of a `call`. */
  readonly sql: Statements
  readonly #pool: pg.Pool
  #calls = 0
  #onIdle: () => void = () => {}

  /** `onStatement` hears each that runs on `sql` before it does. */
  constructor(connecting: Connecting, max: number, onStatement?: (sql: string) => void) {
    this.#pool = openPool(connecting, max)
    this.sql = new Statements(this.#pool, onStatement)
  }

  async call<A>(work: (sql: Statements) => Promise<A>): Promise<A> {
    this.#calls += 1
    try {
      return await work(this.sql)
    } finally {
      this.#calls -= 1
      if (this.#calls === 0) this.#onIdle()
    }
  }

  /** The same on one connection. After any trouble that is given up, and with it what it had begun. */
  callOnOne<A>(work: (sql: Statements) => Promise<A>): Promise<A> {
    return this.call(async () => {
      const client = await this.#pool.connect().catch((error: unknown) => {
        throw asUnavailable(error)
      })
      try {
        const result = await work(new Statements(client))
        client.release()
        return result
      } catch (error) {
        client.release(true)
        throw error
      }
    })
  }

  /** Nobody may begin a call after it. */
  async close(): Promise<void> {
    if (this.#calls > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    }
    if (!this.#pool.ending) await this.#pool.end()
  }
}
