import { resolve } from 'node:path'
import type { TenantId } from '../../domain/streams.ts'
import type { Vector } from '../../domain/token.ts'
import type { ViewReader } from '../../views/ViewStore.ts'
import { CurrentViews } from '../CurrentViews.ts'
import type { AppliedListener, Feed } from '../Feed.ts'
import type { FeedControls } from '../FeedControls.ts'
import { Waiters } from '../Waiters.ts'
import { type FeedProgress, FeedTally, type LocalFeedStats } from './FeedTally.ts'
import { Looks } from './Looks.ts'
import type { Report } from './messages.ts'
import { closeReign, type Reign, Succession } from './Succession.ts'
import { Supervisor } from './Supervisor.ts'

export interface LocalFeedOptions {
  /** A log that exists. */
  readonly logFile: string
  /** Made if it does not exist; begun again, from the log, if it is damaged. */
  readonly viewFile: string
  /** Asked now and then which view file is to serve; another one than before is gone over to. Without it, `viewFile` for ever. */
  readonly servingFile?: () => Promise<string>
  /** Called when a view file is known to be sound. The feed closes what it gives. */
  readonly openViews: (file: string) => ViewReader | Promise<ViewReader>
  /** Called after each batch until the views are level with the log for the first time. */
  readonly onProgress?: (progress: FeedProgress) => void
  /** Told of a view file that had to be built again, and of a worker that died and is started again. */
  readonly onTrouble?: (message: string) => void
}

/** The feed of one process. Any number of processes may each have one on the same files: every event is applied once. */
export interface LocalFeed extends Feed {
  /** The views of whichever file serves. */
  readonly views: ViewReader
  /** That file. */
  readonly viewFile: string
  /** Resolves the first time that the views have all that the log has. Stays pending if the feed is closed before. */
  level(): Promise<void>
  stats(): LocalFeedStats
  readonly controls: LocalFeedControls
}

export interface LocalFeedControls extends FeedControls {
  /** The worker dies at once. */
  kill(): Promise<void>
}

/**
 * Starts the feed's worker. Resolves as soon as the views can be read, however far they are: it catches up in the background,
 * in the log's order, and so does what `reach` demands. Rejects if the log or the view file cannot be opened.
 */
export async function startLocalFeed(options: LocalFeedOptions): Promise<LocalFeed> {
  if (resolve(options.viewFile) === resolve(options.logFile)) {
    throw new Error(`the views need a file of their own, not the log's: ${options.viewFile}`)
  }
  const feed = new WorkerFeed(options)
  try {
    await feed.open()
    return feed
  } catch (error) {
    await feed.close()
    throw error
  }
}

class WorkerFeed implements LocalFeed {
  readonly #options: LocalFeedOptions
  readonly #looks: Looks
  readonly #tally = new FeedTally()
  readonly #listeners = new Set<AppliedListener>()
  readonly #closing = new AbortController()
  readonly #firstLevel = Promise.withResolvers<void>()
  readonly #succession: Succession
  #isLevelYet = false
  #ended: Promise<void> | null = null
  #reign: Reign | null = null
  #opened: { readonly views: CurrentViews; readonly waiters: Waiters } | null = null

  constructor(options: LocalFeedOptions) {
    this.#options = options
    this.#looks = new Looks((demanded) => this.#reign?.supervisor.tell({ kind: 'look', demanded }))
    this.#succession = new Succession({
      servingFile: options.servingFile ?? (async () => options.viewFile),
      current: () => this.#current,
      start: (file) => this.#start(file),
      take: (next) => this.#take(next),
      onTrouble: (message) => options.onTrouble?.(message),
    })
  }

  async open(): Promise<void> {
    const reign = await this.#start(this.#options.viewFile)
    const views = new CurrentViews(reign.views)
    this.#opened = { views, waiters: new Waiters(views, (position) => this.#tally.moveTo(position)) }
    this.#reign = reign
    reign.onReport = (report) => this.#onReport(report)
    // What its worker has said before is asked for again.
    this.#looks.ask('noticed')
    if (this.#options.servingFile !== undefined) this.#succession.start()
  }

  async #start(file: string): Promise<Reign> {
    const { logFile, openViews, onTrouble } = this.#options
    let reign: Reign | null = null
    const supervisor = new Supervisor(
      { logFile, viewFile: file },
      {
        onReport: (report) => reign?.onReport(report),
        onRestarted: () => this.#demandAgain(),
        onDeath: (error) => {
          this.#tally.addDeath(error)
          onTrouble?.(`the feed's worker died and is started again: ${error.message}`)
        },
      },
    )
    try {
      const rebuilt = await supervisor.start()
      if (rebuilt !== null) onTrouble?.(`${file} is built again from the log: ${rebuilt}`)
      reign = { file, supervisor, views: await openViews(file), onReport() {} }
      return reign
    } catch (error) {
      await supervisor.close()
      throw error
    }
  }

  /** Whatever the next one has applied until now, nobody was told of. */
  #take(next: Reign): void {
    this.#opened?.views.become(next.views)
    this.#reign = next
    next.onReport = (report) => this.#onReport(report)
    this.#demandAgain()
    this.#looks.ask('noticed')
    this.#tellListeners(this.#tally.position, null)
  }

  get position(): number {
    return this.#tally.position
  }

  get closed(): AbortSignal {
    return this.#closing.signal
  }

  get views(): ViewReader {
    return this.#parts.views
  }

  get viewFile(): string {
    return this.#current.file
  }

  get controls(): LocalFeedControls {
    return {
      pause: () => this.#current.supervisor.brake({ paused: true }),
      resume: () => this.#current.supervisor.brake({ paused: false }),
      hold: () => this.#current.supervisor.brake({ held: true }),
      release: () => this.#current.supervisor.brake({ held: false }),
      kill: () => this.#current.supervisor.kill(),
    }
  }

  get #current(): Reign {
    if (this.#reign === null) throw new Error('the feed is not open')
    return this.#reign
  }

  get #parts() {
    if (this.#opened === null) throw new Error('the feed is not open')
    return this.#opened
  }

  notice(position: number): void {
    if (position <= this.#tally.position) return
    this.#tally.logPosition = Math.max(this.#tally.logPosition, position)
    this.#looks.ask('noticed')
  }

  reach(vector: Vector, deadlineMs: number): Promise<boolean> {
    return this.#parts.waiters.wait(vector, deadlineMs, () => {
      this.#tally.catchUpsTotal += 1
      this.#looks.ask('demanded')
    })
  }

  onApplied(listener: AppliedListener): () => void {
    // A listener given twice is called twice, and each is stopped alone.
    const own: AppliedListener = (position, tenants) => listener(position, tenants)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  level(): Promise<void> {
    return this.#firstLevel.promise
  }

  stats(): LocalFeedStats {
    return this.#tally.stats()
  }

  close(): Promise<void> {
    this.#ended ??= this.#end()
    return this.#ended
  }

  async #end(): Promise<void> {
    this.#closing.abort()
    this.#opened?.waiters.close()
    await this.#succession.close()
    if (this.#reign !== null) await closeReign(this.#reign)
  }

  #demandAgain(): void {
    this.#looks.lost()
    if ((this.#opened?.waiters.size ?? 0) > 0) this.#looks.ask('demanded')
  }

  #onReport(report: Report): void {
    // Whoever is told of what was applied, and then reads, sees it.
    this.#opened?.views.renew()
    const moved = report.position > this.#tally.reported
    this.#tally.add(report)
    if (report.level) this.#looks.answered()
    if (!this.#isLevelYet) this.#onCatchingUp(report.level)
    if (moved) this.#tellListeners(report.position, report.tenants)
    if (report.seqs === null) void this.#opened?.waiters.look()
    else this.#opened?.waiters.tell(report.position, report.seqs)
  }

  #onCatchingUp(level: boolean): void {
    this.#options.onProgress?.(this.#tally.progress())
    if (!level) return
    this.#isLevelYet = true
    this.#firstLevel.resolve()
  }

  #tellListeners(position: number, tenants: readonly TenantId[] | null): void {
    const touched = tenants === null ? null : new Set(tenants)
    for (const listener of this.#listeners) listener(position, touched)
  }
}
