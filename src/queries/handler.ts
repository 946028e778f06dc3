import { DomainFailure, domainError } from '../domain/errors.ts'
import type { TenantId } from '../domain/streams.ts'
import { type Vector, vectorAt } from '../domain/token.ts'
import type { Feed } from '../feed/Feed.ts'
import { isPastOp } from '../ops/past.ts'
import type { QueryOp } from '../ops/query.ts'
import type { ViewReader } from '../views/ViewStore.ts'
import { loaders } from './loaders.ts'
import { logLoaders, type PastSource } from './logLoaders.ts'

export interface QuerySource extends PastSource {
  readonly views: ViewReader
  readonly feed: Feed
  /** How long a read waits for views that its token is ahead of. */
  readonly viewDeadlineMs: number
}

export interface QueryInterpreter {
  answer(op: QueryOp): Promise<unknown>
  /** What was read so far is read anew: a command decides on what is true now. */
  forget(): void
}

/** query.Op ~> views, and the journal for what was, for one request of one tenant. Rejects with DomainFailure VIEW_BEHIND past the deadline. */
export function queryInterpreter(source: QuerySource, tenant: TenantId): QueryInterpreter {
  const { views, feed, viewDeadlineMs: deadlineMs } = source
  const { load, clear } = loaders(views, tenant)
  let past: ReturnType<typeof logLoaders> | null = null

  async function atLeast(vector: Vector, committed: boolean): Promise<null> {
    const reached = await feed.reach(vector, deadlineMs)
    clear()
    if (!reached)
      throw new DomainFailure(viewBehind(vector, await whereViewsAre(views, vector), deadlineMs, committed))
    return null
  }

  return {
    answer(op) {
      if (op.op === 'atLeast') return atLeast(op.vector, op.committed)
      if (!isPastOp(op)) return load(op)
      past ??= logLoaders(source, tenant)
      return past(op)
    },
    forget() {
      clear()
      past = null
    },
  }
}

async function whereViewsAre(views: ViewReader, wanted: Vector): Promise<Vector> {
  const streams = [...wanted.streams.keys()]
  const seqs = await views.applied(streams)
  return {
    streams: new Map(streams.map((stream, i) => [stream, seqs[i] ?? 0])),
    position: await views.position(),
  }
}

/** The edge turns the vectors into tokens. */
function viewBehind(wanted: Vector, has: Vector, deadlineMs: number, committed: boolean) {
  const message = committed
    ? `The write is done and durable, but the views did not show it within ${deadlineMs} ms. Do not repeat it: read with the token in extensions.wanted`
    : `The views did not reach what the token has seen within ${deadlineMs} ms. Read again, or without the token`
  return domainError('VIEW_BEHIND', message, {
    wanted,
    has: wanted.position > 0 ? has : { ...vectorAt(0), streams: has.streams },
    committed,
  })
}
