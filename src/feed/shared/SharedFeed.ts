import type { RecordedEvent } from '../../domain/events.ts'
import type { TenantId } from '../../domain/streams.ts'
import type { Vector } from '../../domain/token.ts'
import type { LogReader } from '../../log/EventLog.ts'
import type { Applied, JournalReader, ViewReader, ViewWriter } from '../../views/ViewStore.ts'
import type { AppliedListener, Feed, FeedStats } from '../Feed.ts'
import type { FeedControls } from '../FeedControls.ts'
import { seqsIn, Waiters } from '../Waiters.ts'
import { CatchUp } from './CatchUp.ts'
import { Overdue } from './Overdue.ts'
import { type ServedViews, ServingViews } from './ServingViews.ts'
import type { SuccessionParts } from './Succession.ts'

export interface SharedFeedParts {
  /** It stays the caller's, to be closed after the feed; so does the journal. */
  readonly log: Pick<LogReader, 'read' | 'readRanges'>
  readonly kept: Pick<JournalReader, 'scan'>
  /** The generation that serves at first. It is the feed's from here on. */
  readonly generation: ServedViews
  /** How another one is gone over to. Without it, the first serves for ever. */
  readonly succession?: Pick<SuccessionParts<ServedViews>, 'serving' | 'open'>
  /** Told of what could not be read or applied; whoever waits for it still does. */
  readonly onTrouble?: (error: unknown) => void
}

/** How often streams that did not come are looked for again: the log may have them by now, or answer again. */
const LOOK_MS = 200
/** The same for those that nobody waits for any more. */
const OVERDUE_MS = 1_000
const QUARANTINE_MS = 10_000

/**
 * The feed of a gateway over views that others keep up too: other gateways, and synchronisers, if there are any. It hears from the
 * views how far they are, whoever moved them, and applies by itself only what somebody here waits for, or waited for in vain: each command
 * waits for what it has committed, so a gateway's own writes are brought to the views by it. What nobody asks for is left to the
 * synchronisers, unless it is in the journal, since it was applied to another release's views: from there each gateway brings its own
 * along.
 */
export class SharedFeed implements Feed {
  readonly #serving: ServingViews
  readonly #waiters: Waiters
  readonly #catchUp: CatchUp
  readonly #listeners = new Set<AppliedListener>()
  readonly #closing = new AbortController()
  readonly #overdue = new Overdue()
  readonly #counting: NodeJS.Timeout
  readonly #lookingForOverdue: NodeJS.Timeout
  #looking: NodeJS.Timeout | undefined
  #position: number
  #told: number
  #untold: Set<TenantId> | null = new Set()
  #behindSince: number | null = null
  #appliedTotal = 0
  #duplicatesTotal = 0
  #catchUpsTotal = 0
  #quarantined = 0
  #ended: Promise<void> | null = null

  constructor({ log, kept, generation, succession, onTrouble = () => {} }: SharedFeedParts) {
    this.#position = this.#told = generation.watch.position
    this.#serving = new ServingViews({
      ...{ log, kept, first: generation, onTrouble },
      ...(succession && { succession }),
      onMoved: (position, tenants) => this.#onMoved(position, tenants),
      onApplied: (applied, events) => this.#onApplied(applied, events),
    })
    const { views } = this.#serving
    this.#waiters = new Waiters(views, (position) => this.#moveTo(position))
    this.#catchUp = new CatchUp({
      ...{ log, views },
      writer: { apply: (events) => this.writer.apply(events) },
      onApplied: (applied, events) => this.#onApplied(applied, events),
      onTrouble: (error) => void this.#serving.trouble(error),
    })
    this.#counting = setInterval(() => void this.#countQuarantined(), QUARANTINE_MS).unref()
    this.#lookingForOverdue = setInterval(() => void this.#lookForOverdue(), OVERDUE_MS).unref()
    void this.#countQuarantined()
  }

  /** Of whichever generation serves. */
  get views(): ViewReader {
    return this.#serving.views
  }

  get writer(): ViewWriter {
    return this.#serving.writer
  }

  /** Which generation that is. */
  get generation(): number {
    return this.#serving.current.number
  }

  get position(): number {
    return this.#position
  }

  get closed(): AbortSignal {
    return this.#closing.signal
  }

  /** As that of `ViewWatch`, whichever generation serves. */
  get lost(): AbortSignal {
    return this.#serving.lost
  }

  get controls(): FeedControls {
    return {
      pause: () => this.#serving.hold(),
      resume: async () => this.#serving.release(),
      hold: async () => void (await Promise.all([this.#catchUp.hold(), this.#serving.hold()])),
      release: async () => {
        this.#catchUp.release()
        this.#serving.release()
      },
    }
  }

  /** The log has no positions, and whoever commits waits for it: there is nothing to hurry for. */
  notice(): void {}

  async reach(vector: Vector, deadlineMs: number): Promise<boolean> {
    const since = performance.now()
    let isReached = false
    try {
      isReached = await this.#waiters.wait(vector, deadlineMs, () => {
        this.#catchUpsTotal += 1
        this.#looking ??= setInterval(() => this.#lookAgain(), LOOK_MS).unref()
        this.#catchUp.want(vector.streams.keys())
        if (vector.position > this.#position) this.#serving.demand()
      })
      return isReached
    } finally {
      if (!isReached) this.#overdue.add(vector, since)
    }
  }

  onApplied(listener: AppliedListener): () => void {
    // A listener given twice is called twice, and each is stopped alone.
    const own: AppliedListener = (position, tenants) => listener(position, tenants)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  /** What the log has has a position once it is applied to some generation; what is known before that, is known from who asks for it. */
  stats(): FeedStats {
    return {
      position: this.#position,
      logPosition: Math.max(this.#position, this.#serving.current.watch.end),
      appliedTotal: this.#appliedTotal,
      duplicatesTotal: this.#duplicatesTotal,
      catchUpsTotal: this.#catchUpsTotal,
      quarantinedStreams: this.#quarantined,
      lagMs: Math.max(this.#waiters.longestMs, this.#overdue.oldestMs, this.#behindMs),
    }
  }

  close(): Promise<void> {
    this.#ended ??= this.#end()
    return this.#ended
  }

  async #end(): Promise<void> {
    this.#closing.abort()
    clearInterval(this.#counting)
    clearInterval(this.#lookingForOverdue)
    clearInterval(this.#looking)
    this.#waiters.close()
    await this.#catchUp.close()
    await this.#serving.close()
  }

  /** Since when the journal is known to be past the views. */
  get #behindMs(): number {
    return this.#behindSince === null ? 0 : performance.now() - this.#behindSince
  }

  #lookAgain(): void {
    if (this.#waiters.size === 0) {
      clearInterval(this.#looking)
      this.#looking = undefined
      return
    }
    this.#catchUp.want(this.#waiters.missing())
    void this.#waiters.look()
  }

  /** They are applied as if somebody waited still. */
  async #lookForOverdue(): Promise<void> {
    const streams = this.#overdue.streams()
    if (streams.length === 0 || this.closed.aborted) return
    try {
      const applied = await this.views.applied(streams)
      this.#overdue.strike(streams.map((stream, i) => [stream, applied[i] ?? 0]))
      this.#catchUp.want(this.#overdue.streams())
    } catch (error) {
      await this.#serving.trouble(error)
    }
  }

  #moveTo(position: number): void {
    this.#position = Math.max(this.#position, position)
    if (this.#position >= this.#serving.current.watch.end) this.#behindSince = null
    else this.#behindSince ??= performance.now()
  }

  /** Listeners hear of it from the watch, with whatever others have applied before it. */
  #onApplied(applied: Applied, events: readonly RecordedEvent[]): void {
    const { position, quarantined } = applied
    const seqs = seqsIn(events, applied)
    this.#appliedTotal += applied.applied
    this.#duplicatesTotal += applied.duplicates
    if (quarantined.length > 0) void this.#countQuarantined()
    // Cursors may be given out for it before the watch hears of it.
    this.#serving.current.watch.expect(position)
    this.#moveTo(position)
    this.#overdue.strike(seqs ?? [])
    if (seqs === null) void this.#waiters.look()
    else this.#waiters.tell(position, seqs)
  }

  /**
   * The position may stand still while batches are applied, where another generation was quicker: then it moves over all of them at
   * once, and whose events came is what was heard since it last moved.
   */
  #onMoved(position: number, tenants: ReadonlySet<TenantId> | null): void {
    this.#moveTo(position)
    void this.#waiters.look()
    // Others may serve by now: what was to be applied to the ones before is to be applied to them.
    if (tenants === null) this.#catchUp.want(this.#waiters.missing())
    this.#untold = tenants === null || this.#untold === null ? null : new Set([...this.#untold, ...tenants])
    if (position <= this.#told) return
    const touched = this.#untold
    this.#told = position
    this.#untold = new Set()
    for (const listener of this.#listeners) listener(position, touched)
  }

  async #countQuarantined(): Promise<void> {
    try {
      const quarantined = await this.writer.quarantined()
      this.#quarantined = quarantined.length
      this.#overdue.forget(quarantined.map(({ stream }) => stream))
    } catch (error) {
      await this.#serving.trouble(error)
    }
  }
}
