import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LocalFeed, type LocalFeedOptions, startLocalFeed } from '../../src/feed/local/LocalFeed.ts'
import type { OrderedEventLog } from '../../src/log/EventLog.ts'
import { openSqliteLog } from '../../src/log/sqlite/SqliteLog.ts'
import { openSqliteViewReader } from '../../src/views/sqlite/SqliteViewReader.ts'
import type { ViewReader } from '../../src/views/ViewStore.ts'

/** A log and views in a directory of their own, and a feed between them. */
export class LocalWorld {
  readonly dir: string
  readonly log: OrderedEventLog
  readonly #feeds: LocalFeed[] = []

  static async open(): Promise<LocalWorld> {
    const dir = await mkdtemp(join(tmpdir(), 'rollcall-feed-'))
    return new LocalWorld(dir, await openSqliteLog({ file: join(dir, 'log.db') }))
  }

  private constructor(dir: string, log: OrderedEventLog) {
    this.dir = dir
    this.log = log
  }

  get logFile(): string {
    return join(this.dir, 'log.db')
  }

  get viewFile(): string {
    return join(this.dir, 'views.db')
  }

  /** Starts a feed as a process of its own would; the world closes it. */
  async startFeed(options: Partial<LocalFeedOptions> = {}): Promise<LocalFeed> {
    const { logFile, viewFile } = this
    const openViews = (file: string) => openSqliteViewReader({ file })
    const feed = await startLocalFeed({ logFile, viewFile, openViews, ...options })
    this.#feeds.push(feed)
    return feed
  }

  async close(): Promise<void> {
    await Promise.all(this.#feeds.map((feed) => feed.close()))
    await this.log.close()
    await rm(this.dir, { recursive: true })
  }
}

export const usernameOf = async (
  views: ViewReader,
  tenant: string,
  id: string,
): Promise<string | undefined> => (await views.users(tenant, [id]))[0]?.username
