import {
  type StartingPosition,
  SubscribeToShardCommand,
  type SubscribeToShardEvent,
} from '@aws-sdk/client-kinesis'
import type { KinesisReader } from './shards.ts'

export interface Subscribing {
  readonly client: KinesisReader
  readonly consumerArn: string
  readonly shard: string
  readonly from: StartingPosition
  readonly silenceMs: number
  readonly stopping: AbortSignal
}

/**
 * What one subscription to a shard has to say, for the five minutes that Kinesis lets it last. Throws where it is cut, where it is
 * given up for its silence, and for the signal.
 */
export async function* subscription({
  client,
  consumerArn: ConsumerARN,
  shard: ShardId,
  from: StartingPosition,
  silenceMs,
  stopping,
}: Subscribing): AsyncGenerator<SubscribeToShardEvent> {
  const giveUp = new AbortController()
  const listen = () => setTimeout(() => giveUp.abort(new Silence(ShardId, silenceMs)), silenceMs)
  let patience = listen()
  const abortSignal = AbortSignal.any([stopping, giveUp.signal])
  try {
    const command = new SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition })
    // Over HTTP/2 the client's own timeout would be one for each event, and while nobody takes any.
    const { EventStream = [] } = await client.send(command, { abortSignal, requestTimeout: 0 })
    for await (const { SubscribeToShardEvent: event } of EventStream) {
      clearTimeout(patience)
      if (event !== undefined) yield event
      patience = listen()
    }
    // Over HTTP/2, what is aborted ends as if it were over.
    abortSignal.throwIfAborted()
  } catch (error) {
    throw abortSignal.aborted ? abortSignal.reason : error
  } finally {
    clearTimeout(patience)
    giveUp.abort()
  }
}

class Silence extends Error {
  override readonly name = 'Silence'

  constructor(shard: string, ms: number) {
    super(`the subscription to ${shard} has not said a word for ${ms} ms`)
  }
}
