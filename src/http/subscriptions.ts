import type { DomainError } from '../domain/errors.ts'
import { err, ok, type Result } from '../domain/result.ts'
import type { GraphQLResponse } from '../graphql/engine.ts'
import { presented } from '../graphql/errors.ts'
import { requestContext } from '../graphql/requestContext.ts'
import { Admission } from './Admission.ts'
import { type Batch, Following, type Source } from './Following.ts'
import type { TransportParts } from './parts.ts'
import { Quota } from './Quota.ts'
import type { Subscribe, Subscriber } from './Subscriber.ts'

/**
 * Runs subscriptions: see Following. One that could not start is a stream of the one response that says why.
 *
 * Only so many at a time are between their start and the end of their replay, so that a herd that comes back after a restart is served
 * in order instead of all too late. The others wait, first come first served; those that have caught up, queries and mutations do not.
 */
export function subscriptions({
  gateway,
  metrics,
  record,
  connections,
  settings,
}: Pick<TransportParts, 'gateway' | 'metrics' | 'record' | 'connections' | 'settings'>): Subscribe {
  const { maxFollowersPerKey, admission } = settings
  const followers = new Quota(maxFollowersPerKey)
  const starts = new Admission(admission)
  metrics.waiting(() => starts.waiting)

  async function begin({ transport, facts, prepared }: Subscriber): Promise<Source> {
    const started = performance.now()
    const source = await prepared.subscribe(requestContext(gateway, facts))
    const isStream = Symbol.asyncIterator in source
    record(transport, facts, prepared, isStream ? {} : source, performance.now() - started)
    metrics.subscriptions.inc()
    return isStream ? source : only(source)
  }

  function refuse(
    { transport, facts, prepared }: Subscriber,
    error: DomainError,
  ): Result<never, DomainError> {
    record(transport, facts, prepared, { errors: [presented(error)] }, 0)
    return err(error)
  }

  return (subscriber) => {
    const { facts, stop } = subscriber
    const giveBack = followers.take(facts.viewer)
    if (giveBack === null) {
      return refuse(subscriber, connections.limited(`At most ${maxFollowersPerKey} followers with one key`))
    }
    const turn = starts.enter()
    if (turn === null) {
      giveBack()
      return refuse(subscriber, connections.limited('Too many followers start at once'))
    }
    const onEnd = () => {
      giveBack()
      turn.end()
    }
    stop.signal.addEventListener('abort', onEnd, { once: true })
    return ok(
      new Following({
        stop,
        standing: subscriber.standing,
        turn,
        begin: () => begin(subscriber),
        onEnd: () => metrics.subscriptions.dec(),
      }),
    )
  }
}

async function* only(response: GraphQLResponse): AsyncGenerator<Batch> {
  yield [{ json: JSON.stringify(response), cursor: null, isLevel: true }]
}
