import { TENANTS_STREAM } from '../../domain/streams.ts'
import { vectorOf } from '../../domain/token.ts'
import type { Feed } from '../../feed/Feed.ts'
import { fillViews } from '../../feed/shared/fillViews.ts'
import { SharedFeed } from '../../feed/shared/SharedFeed.ts'
import { openDynamoLog } from '../../log/dynamodb/DynamoLog.ts'
import type { CommandLog, EventLog } from '../../log/EventLog.ts'
import { withCommit } from '../../log/withCommit.ts'
import { openPostgresGenerations, openPostgresJournal } from '../../views/postgres/index.ts'
import type { DynamoTable } from '../engineSettings.ts'
import type { Directory, DirectoryHooks } from './directory.ts'
import { opening } from './Parts.ts'
import { openServedViews } from './servedViews.ts'

export interface SharedEngines {
  readonly table: DynamoTable
  /** postgres://user:secret@host:port/database */
  readonly views: string
}

/** How long a long write waits for the views after each of its commits; then they are left to others. */
const WAIT_MS = 10_000
/** The same trouble is told again after this time. */
const TOLD_MS = 10_000

/**
 * A log in DynamoDB with views in PostgreSQL, both shared by any number of gateways. The table has to be there. The views are made
 * if there are none of this release, and filled from the log.
 */
export function openShared(
  { table, views: url }: SharedEngines,
  { onTrouble = () => {} }: DirectoryHooks = {},
): Promise<Directory> {
  const tell = seldom((message) => onTrouble(`the views could not be brought along: ${message}`))
  return opening(async (parts) => {
    const logRetries = new Map<string, number>()
    const onRetry = (reason: string) => logRetries.set(reason, (logRetries.get(reason) ?? 0) + 1)
    const log = await parts.open(openDynamoLog({ ...table, onRetry }))
    const options = { url, epoch: log.epoch }
    const kept = await parts.open(openPostgresJournal(options))
    const generations = await parts.open(openPostgresGenerations(options))
    const open = (number: number) => openServedViews({ ...options, journal: kept.epoch }, number)
    const generation = await open(await generations.serving())
    const succession = { serving: () => generations.serving(), open }
    const feed = new SharedFeed({ log, kept, generation, succession, onTrouble: tell })
    const closing = new AbortController()
    const filling = fillViews({ log, kept, views: feed, signal: closing.signal, onTrouble: tell })
    parts.add({
      async close() {
        closing.abort()
        await filling
        await feed.close()
      },
    })
    return {
      ...{ log, logRetries, feed, views: feed.views, kept, lost: feed.lost },
      async level() {
        // What was given up with the feed is never level.
        if (!(await filling)) await new Promise(() => {})
      },
      async newest() {
        const [seq = 0] = await log.seqs([TENANTS_STREAM])
        return vectorOf([TENANTS_STREAM, seq])
      },
      write: (work) => work(shown(log, feed)),
    }
  })
}

/** A log whose commits are brought to the views before they resolve. */
const shown = (log: EventLog, feed: Feed): CommandLog =>
  withCommit(log, async (commit) => {
    const outcome = await log.commit(commit)
    if (outcome.kind === 'committed') await feed.reach(vectorOf(...outcome.written), WAIT_MS)
    return outcome
  })

/** Tells of trouble, but not of the same again and again. */
export function seldom(tell: (message: string) => void): (error: unknown) => void {
  let told = ''
  let toldAt = Number.NEGATIVE_INFINITY
  return (error) => {
    const message = error instanceof Error ? error.message : String(error)
    if (message === told && performance.now() - toldAt < TOLD_MS) return
    told = message
    toldAt = performance.now()
    tell(message)
  }
}
