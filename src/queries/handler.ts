import { DomainFailure, domainError } from '../domain/errors.ts'
import type { TenantId } from '../domain/streams.ts'
import type { Vector } from '../domain/token.ts'
import type { Feed } from '../feed/Feed.ts'
import { isPastOp } from '../ops/past.ts'
import type { QueryOp } from '../ops/query.ts'
import type { ViewReader } from '../views/ViewStore.ts'
import { loaders } from './loaders.ts'
import { type PastSource, pastLoaders } from './pastLoaders.ts'

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
  let past: ReturnType<typeof pastLoaders> | null = null

  async function reach(vector: Vector): Promise<null> {
    const reached = await feed.reach(vector, deadlineMs)
    clear()
    if (reached) return null
    throw new DomainFailure(
      viewBehind(
        `The views did not reach what the token has seen within ${deadlineMs} ms. Read again, or without the token`,
        { wanted: vector, has: await whereViewsAre(views, vector), committed: false },
      ),
    )
  }

  /** Whatever the matter is with the views, whoever wrote must learn that it is done. */
  async function reachCommitted(vector: Vector): Promise<null> {
    try {
      return await reach(vector)
    } catch (trouble) {
      const late = trouble instanceof DomainFailure ? trouble.error.details : undefined
      const why = late === undefined ? 'cannot show it just now' : `did not show it within ${deadlineMs} ms`
      throw new DomainFailure(
        viewBehind(
          `The write is done and durable, but the views ${why}. Do not repeat it: read with the token in extensions.wanted`,
          { ...late, wanted: vector, committed: true },
        ),
        { cause: trouble },
      )
    }
  }

  return {
    answer(op) {
      if (op.op === 'atLeast') return op.committed ? reachCommitted(op.vector) : reach(op.vector)
      if (!isPastOp(op)) return load(op)
      past ??= pastLoaders(source, tenant)
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
  const position = wanted.position > 0 ? await views.position() : 0
  return { streams: new Map(streams.map((stream, i) => [stream, seqs[i] ?? 0])), position }
}

interface Behind {
  readonly wanted: Vector
  /** Unknown where the views cannot be asked. */
  readonly has?: Vector
  readonly committed: boolean
}

/** The edge turns the vectors into tokens. */
const viewBehind = (message: string, behind: Behind) => domainError('VIEW_BEHIND', message, { ...behind })
