import { setImmediate as nextTurn } from 'node:timers/promises'
import DataLoader from 'dataloader'
import { LRUCache } from 'lru-cache'
import type { RecordedEvent } from '../domain/events.ts'
import type { StreamName, TenantId } from '../domain/streams.ts'
import type { Journal } from '../feed/journal.ts'
import type { PastOp, StreamRange } from '../ops/past.ts'
import type { JournalReader } from '../views/ViewStore.ts'
import type { Relations } from './Relations.ts'

export interface PastSource {
  readonly kept: Pick<JournalReader, 'readAll' | 'readRanges'>
  readonly journal: Pick<Journal, 'end'>
  readonly relations: Relations
}

type Events = readonly RecordedEvent[]

const BATCH = 500
/** Streams that a request keeps in memory, to read each once. */
const MAX_STREAMS = 2_000
/** A log that answers on this thread would let a long read keep everything else from running. */
const PAUSE_AFTER_MS = 5

/** As loaders.ts, for what is read from the journal: ops of the same tick become one batch, a stream is read once. */
export function pastLoaders({ kept, journal, relations }: PastSource, tenant: TenantId) {
  let paused = performance.now()

  async function unhurried<A>(read: () => Promise<A>): Promise<A> {
    if (performance.now() - paused > PAUSE_AFTER_MS) {
      await nextTurn()
      paused = performance.now()
    }
    return read()
  }

  const streams = new DataLoader((names: readonly StreamName[]) => unhurried(() => kept.readAll(names)), {
    maxBatchSize: BATCH,
    cacheMap: new LRUCache<StreamName, Promise<Events>>({ max: MAX_STREAMS }),
  })
  const ranges = new DataLoader(
    (wanted: readonly StreamRange[]) => unhurried(() => kept.readRanges(wanted)),
    {
      maxBatchSize: BATCH,
      cache: false,
    },
  )
  const memberships = new DataLoader((ids: readonly string[]) => relations.membershipEvents(tenant, ids))
  const children = new DataLoader((ids: readonly string[]) => relations.childrenEver(tenant, ids))
  const position = new DataLoader(
    async (asked: readonly 'now'[]) => {
      const at = await journal.end(tenant)
      return asked.map(() => at)
    },
    { cache: false },
  )

  return (op: PastOp): Promise<unknown> => {
    switch (op.op) {
      case 'readStreams':
        return Promise.all(op.streams.map((stream) => streams.load(stream)))
      case 'readRanges':
        return Promise.all(op.ranges.map((range) => ranges.load(range)))
      case 'findMembershipEvents':
        return memberships.load(op.userId)
      case 'findChildrenEver':
        return Promise.all(op.groupIds.map((groupId) => children.load(groupId)))
      case 'getJournalEnd':
        return position.load('now')
    }
  }
}
