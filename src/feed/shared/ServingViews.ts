import type { RecordedEvent } from '../../domain/events.ts'
import type { LogReader } from '../../log/EventLog.ts'
import {
  type Applied,
  type JournalReader,
  type ViewReader,
  ViewsSuperseded,
  type ViewWatch,
  type ViewWriter,
} from '../../views/ViewStore.ts'
import { CurrentViews } from '../CurrentViews.ts'
import { followJournal } from './followJournal.ts'
import { KeepUp } from './KeepUp.ts'
import { type Reign, Succession, type SuccessionParts } from './Succession.ts'

/** A generation of the views with a journal of their own. */
export interface ServedViews extends Reign {
  readonly views: ViewReader
  readonly writer: ViewWriter
  readonly watch: ViewWatch
}

export interface ServingParts<Views extends ServedViews> {
  readonly log: Pick<LogReader, 'read'>
  readonly kept: Pick<JournalReader, 'scan'>
  /** The one to begin with. It is closed with these, or when another one has taken its place. */
  readonly first: Views
  /** Without it the first one serves for ever. */
  readonly succession?: Pick<SuccessionParts<Views>, 'serving' | 'open'>
  /** As a listener of `ViewWatch`, whichever generation serves. */
  readonly onMoved?: Parameters<ViewWatch['onMoved']>[0]
  /** What was applied to bring the views along. */
  readonly onApplied?: (applied: Applied, events: readonly RecordedEvent[]) => void
  readonly onTrouble: (error: unknown) => void
}

/**
 * The views of whichever generation serves. They are brought along from the journal wherever another generation was quicker, be it that
 * of another release, which serves beside this one.
 */
export class ServingViews<Views extends ServedViews = ServedViews> {
  readonly views: CurrentViews
  readonly #parts: ServingParts<Views>
  readonly #succession: Succession<Views> | null
  readonly #keepUp: KeepUp
  readonly #losing = new AbortController()
  #current: Views
  #stopWatching: () => void

  constructor(parts: ServingParts<Views>) {
    this.#parts = parts
    this.#current = parts.first
    this.views = new CurrentViews(parts.first.views)
    this.#keepUp = new KeepUp(
      () => this.#bringAlong(),
      (error) => this.trouble(error),
    )
    this.#succession =
      parts.succession === undefined
        ? null
        : new Succession({
            ...parts.succession,
            current: () => this.#current,
            level: (next, stopped) => this.#level(next, stopped),
            take: (next) => this.#take(next),
            onTrouble: parts.onTrouble,
          })
    this.#stopWatching = this.#watch(parts.first)
  }

  get current(): Views {
    return this.#current
  }

  get writer(): ViewWriter {
    return this.#current.writer
  }

  /** As that of `ViewWatch`, whichever generation serves. */
  get lost(): AbortSignal {
    return this.#losing.signal
  }

  /** Somebody waits for what is in the journal. */
  demand(): void {
    this.#keepUp.notice(true)
  }

  hold(): Promise<void> {
    return this.#keepUp.hold()
  }

  release(): void {
    this.#keepUp.release()
  }

  /** For whoever could not write: that others serve by now is no trouble, but news. Resolves when they are gone over to. */
  async trouble(error: unknown): Promise<void> {
    if (error instanceof ViewsSuperseded) await this.#succession?.look()
    else this.#parts.onTrouble(error)
  }

  async close(): Promise<void> {
    this.#stopWatching()
    await this.#keepUp.hold()
    await this.#succession?.close()
    await this.#current.close()
  }

  #watch({ watch }: ServedViews): () => void {
    const { lost } = watch
    const lose = () => this.#losing.abort(lost.reason)
    if (lost.aborted) lose()
    lost.addEventListener('abort', lose)
    const stop = watch.onMoved((position, tenants) => {
      this.#parts.onMoved?.(position, tenants)
      if (position < watch.end) this.#keepUp.notice()
    })
    return () => {
      stop()
      lost.removeEventListener('abort', lose)
    }
  }

  async #bringAlong(): Promise<void> {
    const { log, kept, onApplied = () => {} } = this.#parts
    const { writer } = this
    if (await writer.isLoading()) return
    await followJournal({ log, kept, writer }, { stopped: () => this.#keepUp.isHeld, onApplied })
  }

  async #level({ writer }: ServedViews, stopped: () => boolean): Promise<boolean> {
    const { log, kept } = this.#parts
    return (await followJournal({ log, kept, writer }, { stopped })) === 'level'
  }

  /** Whatever the next one has applied until now, nobody was told of. */
  #take(next: Views): void {
    this.#stopWatching()
    this.#current = next
    this.views.become(next.views)
    this.#stopWatching = this.#watch(next)
    this.#parts.onMoved?.(next.watch.position, null)
  }
}
