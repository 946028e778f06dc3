import { backoffMs, type RetryWindow, sleep } from './backoff.ts'
import type { Client } from './Client.ts'
import { CursorOnly } from './CursorOnly.ts'
import { deferred } from './deferred.ts'
import { RollcallError } from './errors.ts'
import type { FollowOptions, FollowStatus } from './followOptions.ts'
import { type Ending, Inbox } from './Inbox.ts'
import { Intake } from './Intake.ts'
import type { Place, Replica } from './Replica.ts'
import { subscribe } from './subscribe.ts'
import { verdictOn } from './verdict.ts'

const RETRY: RetryWindow = { minMs: 0, maxMs: 1_000 }
const RETRY_CAP_MS = 30_000
/** So many failures that the wait is the longest. */
const MANY = 30

const STOPPED = new RollcallError('NETWORK', 'It was stopped before it had caught up')

/** One subscription after another, each from where the replica is. */
export class Follower {
  readonly caughtUp: Promise<void>
  readonly #client: Client
  readonly #options: FollowOptions
  readonly #replica: Replica
  readonly #intake: Intake
  /** Of what the replica is a copy. */
  readonly #scope: string
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  readonly #ready = deferred<void>()
  /** As the server asked last. */
  #window = RETRY
  #failures = 0

  constructor(client: Client, options: FollowOptions) {
    const { replica, after = null, snapshot = false, filter = null, signal } = options
    this.#client = client
    this.#options = options
    this.#scope = JSON.stringify({ tenant: client.endpoint.tenant, filter })
    this.#replica = replica ?? new CursorOnly(this.#scope, { after, snapshot })
    this.#signal = signal === undefined ? this.#stop.signal : AbortSignal.any([this.#stop.signal, signal])
    this.#intake = new Intake(this.#replica, options, this.#signal)
    this.caughtUp = this.#ready.promise
    // A failure is heard of by `run`, whether or not somebody waits for this.
    this.caughtUp.catch(() => {})
  }

  get cursor(): string | null {
    return this.#intake.cursor
  }

  /** Whether `run` waits for a listener, which itself may wait for its end. */
  get isTelling(): boolean {
    return this.#intake.isTelling
  }

  stop(): void {
    this.#stop.abort()
  }

  /** Resolves once it was stopped. */
  async run(): Promise<void> {
    try {
      while (!this.#signal.aborted) {
        const place = await this.#place()
        this.#tell({ kind: 'connecting' })
        const ending = await this.#followOnce(place)
        if (!this.#signal.aborted) await this.#recover(ending)
      }
      this.#ready.reject(STOPPED)
    } catch (error) {
      this.#ready.reject(error)
      throw error
    }
  }

  /** Where to go on. BAD_CURSOR where the replica is a copy of something else. */
  async #place(): Promise<Place> {
    const place = await this.#replica.place()
    if (place === null) {
      await this.#replica.begin(this.#scope)
      return { scope: this.#scope, cursor: null, isWhole: false }
    }
    if (place.scope === this.#scope) return place
    throw new RollcallError(
      'BAD_CURSOR',
      `The replica is a copy of ${place.scope}, not of ${this.#scope}: follow with that tenant and filter, or into another replica`,
    )
  }

  async #followOnce({ cursor, ...place }: Place): Promise<Ending> {
    if (this.#signal.aborted) return STOPPED
    let { isWhole } = place
    const start = cursor === null ? { snapshot: !isWhole } : { after: cursor }
    const inbox = new Inbox()
    const stop = () => inbox.end(STOPPED)
    this.#signal.addEventListener('abort', stop)
    const close = subscribe(
      this.#client.endpoint,
      { ...start, filter: this.#options.filter },
      {
        welcome: (window) => {
          this.#window = window ?? this.#window
          // Thrown here it would be the connection's.
          try {
            this.#tell({ kind: isWhole ? 'catchingUp' : 'snapshot' })
          } catch (error) {
            inbox.fail(error)
          }
        },
        next: (message) => inbox.put(message),
        end: (error) => inbox.end(error),
      },
    )
    try {
      for (const batches = inbox.batches(); ; ) {
        const { done, value } = await batches.next()
        if (done) return value
        this.#failures = 0
        if (await this.#intake.take(value, { isWhole })) {
          isWhole = true
          this.#ready.resolve()
          this.#tell({ kind: 'live' })
        }
      }
    } finally {
      this.#signal.removeEventListener('abort', stop)
      close()
    }
  }

  /** Returns when it is time to connect again. Throws what is for good. */
  async #recover(ending: Ending): Promise<void> {
    if (ending === 'behind') {
      this.#tell({ kind: 'behind' })
      return
    }
    const verdict = verdictOn(ending)
    if (verdict === 'afresh' && this.#takesSnapshots) {
      this.#tell({ kind: 'expired', error: ending })
      await this.#replica.begin(this.#scope)
      return
    }
    if (verdict === 'stop' || verdict === 'afresh') throw ending
    const failures = verdict === 'againLater' ? MANY : this.#failures
    this.#failures += 1
    const inMs = backoffMs(failures, this.#options.retry ?? this.#window, RETRY_CAP_MS)
    this.#tell({ kind: 'retrying', error: ending, inMs })
    await sleep(inMs, this.#signal)
  }

  get #takesSnapshots(): boolean {
    return this.#options.replica !== undefined || this.#options.snapshot === true
  }

  /** After it was told to stop it says no more. */
  #tell(status: FollowStatus): void {
    if (!this.#signal.aborted) this.#options.onStatus?.(status)
  }
}
