import type { FollowOptions, Mark } from './followOptions.ts'
import type { Message } from './Inbox.ts'
import type { Change, Place, Replica } from './Replica.ts'

const MAX_APPLIED = 1_000

/** Takes messages in, in their order: first the listener is told of a change that is new, then the replica has it, with its cursor. */
export class Intake {
  /** Up to where the replica has everything. */
  cursor: string | null = null
  /** Whether a listener is being told of a change, and is waited for. */
  isTelling = false
  readonly #replica: Replica
  readonly #listeners: Pick<FollowOptions, 'onChange' | 'onMark'>
  readonly #signal: AbortSignal
  /** Told of, and not yet in the replica. */
  #changes: Change[] = []
  /** The last of each stream among them. */
  readonly #seqs = new Map<string, number>()
  #told = ''

  constructor(replica: Replica, listeners: Pick<FollowOptions, 'onChange' | 'onMark'>, signal: AbortSignal) {
    this.#replica = replica
    this.#listeners = listeners
    this.#signal = signal
  }

  /**
   * Whether one of them said that the replay has ended. Ends early, at any of them, where the signal aborts. A copy that nobody reads
   * yet, or without a listener, takes many changes at once.
   */
  async take(messages: readonly Message[], { isWhole }: Pick<Place, 'isWhole'>): Promise<boolean> {
    const isHeard = this.#listeners.onChange !== undefined
    let hasCaughtUp = false
    for (const { kind, cursor, change } of messages) {
      if (this.#signal.aborted) break
      if (kind === 'CHANGE') {
        await this.#takeChange(change, cursor)
        const most = isHeard && (isWhole || hasCaughtUp) ? 1 : MAX_APPLIED
        if (this.#changes.length >= most) await this.#flush()
      } else {
        await this.#takeMark({ kind, cursor })
        hasCaughtUp ||= kind === 'CAUGHT_UP'
      }
    }
    await this.#flush()
    return hasCaughtUp
  }

  async #takeChange(change: Change | null, cursor: string): Promise<void> {
    if (change === null) return
    const { onChange } = this.#listeners
    if (onChange !== undefined && (await this.#isNew(change))) {
      this.isTelling = true
      try {
        await onChange(change)
      } finally {
        this.isTelling = false
      }
      this.#seqs.set(change.stream, change.seq)
    }
    this.#changes.push(change)
    this.#told = cursor
  }

  async #isNew({ stream, seq }: Change): Promise<boolean> {
    return seq > (this.#seqs.get(stream) ?? (await this.#replica.seq(stream)))
  }

  async #takeMark(mark: Mark): Promise<void> {
    await this.#flush()
    if (mark.kind === 'CAUGHT_UP') await this.#replica.complete(mark.cursor)
    else await this.#replica.apply([], mark.cursor)
    this.cursor = mark.cursor
    this.#listeners.onMark?.(mark)
  }

  async #flush(): Promise<void> {
    if (this.#changes.length === 0) return
    await this.#replica.apply(this.#changes, this.#told)
    this.cursor = this.#told
    this.#changes = []
    this.#seqs.clear()
  }
}
