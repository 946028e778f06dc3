import type { StreamName } from '../../domain/streams.ts'
import { applyRecords } from '../../feed/aws/consumer/applyRecords.ts'
import { connectKinesis } from '../../feed/aws/consumer/connect.ts'
import { KinesisConsumer } from '../../feed/aws/consumer/KinesisConsumer.ts'
import { polledShards } from '../../feed/aws/consumer/polledShards.ts'
import type { KinesisReader } from '../../feed/aws/consumer/shards.ts'
import { subscribedShards } from '../../feed/aws/consumer/subscribedShards.ts'
import { CatchUp } from '../../feed/shared/CatchUp.ts'
import { fillViews } from '../../feed/shared/fillViews.ts'
import { type ServedViews, ServingViews } from '../../feed/shared/ServingViews.ts'
import { sweepHeads } from '../../feed/shared/sweepHeads.ts'
import { openDynamoLogReader } from '../../log/dynamodb/DynamoLogReader.ts'
import {
  openPostgresCheckpoints,
  openPostgresGenerations,
  openPostgresJournal,
  type PostgresCheckpoints,
  type ViewWatchOptions,
} from '../../views/postgres/index.ts'
import { ViewsSuperseded } from '../../views/ViewStore.ts'
import { CommandFailure } from '../command.ts'
import type { Config } from '../config.ts'
import type { KinesisFeed } from '../engineSettings.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import { createLogger } from '../logger.ts'
import type { DirectoryHooks } from './directory.ts'
import { opening } from './Parts.ts'
import { openServedViews } from './servedViews.ts'
import { type SharedEngines, seldom } from './shared.ts'
import { stopSignal } from './stopSignal.ts'
import { untilEnd } from './untilEnd.ts'

/** A shard may be read five times a second by all together: this leaves room for two, and for the transform's function. */
const POLL_MS = 500

export interface Synchroniser {
  /** Resolves once the views are filled from what the log had; the stream is read from the start on. */
  level(): Promise<boolean>
  /** As that of `Directory`. */
  readonly lost: AbortSignal
  close(): Promise<void>
}

/** Synchronises until SIGTERM or SIGINT, or until the views are lost, then finishes what is being applied. */
export async function synchronise({ log: table, views, feed: stream, logLevel }: Config): Promise<ExitCode> {
  if (table === null || views === null || stream === null) {
    const message = 'ROLLCALL_LOG, ROLLCALL_VIEWS and ROLLCALL_FEED: must all be set to synchronise'
    throw new CommandFailure(message, EXIT.usage)
  }
  const stopped = stopSignal()
  const logger = createLogger(logLevel)
  const hooks = { onTrouble: (message: string) => logger.warn(message) }
  const synchroniser = await openSynchroniser({ table, views }, stream, hooks)
  logger.info({ table: table.table, stream: stream.stream, consumer: stream.consumer }, 'synchronising')

  const code = await untilEnd({ stopped, lost: synchroniser.lost, logger })
  await synchroniser.close()
  logger.info('stopped')
  return code
}

/** The log has to be there: whoever serves first begins it. */
export function openSynchroniser(
  { table, views: url }: SharedEngines,
  stream: KinesisFeed,
  { onTrouble = () => {} }: DirectoryHooks = {},
): Promise<Synchroniser> {
  const tell = seldom((message) => onTrouble(`events could not be brought to the views: ${message}`))
  return opening(async (parts) => {
    const log = await parts.open(openDynamoLogReader(table))
    const options = { url, epoch: log.epoch }
    const kept = await parts.open(openPostgresJournal(options))
    const generations = await parts.open(openPostgresGenerations(options))
    const source = `kinesis://${stream.region}/${stream.stream}`
    const open = (number: number) =>
      openCheckpointedViews({ ...options, journal: kept.epoch }, number, source)
    const serving = parts.add(
      new ServingViews({
        ...{ log, kept, onTrouble: tell },
        first: await open(await generations.serving()),
        succession: { serving: () => generations.serving(), open },
      }),
    )
    const client = connectKinesis(stream)
    parts.add({ close: async () => client.destroy() })
    const closing = new AbortController()
    const filling = fillViews({ log, kept, views: serving, signal: closing.signal, onTrouble: tell })
    const onForeign = (records: number) =>
      onTrouble(`${records} records of another epoch were skipped: this log was restored after them`)
    const apply = (records: Parameters<typeof applyRecords>[1]) =>
      applyRecords({ log, views: serving.views, writer: serving.writer, onForeign }, records)
    const consumer = new KinesisConsumer({
      client,
      streamName: stream.stream,
      reading: readingOf(client, stream),
      checkpoints: {
        load: (shard) => serving.current.checkpoints.load(shard),
        save: (shard, checkpoint) => serving.current.checkpoints.save(shard, checkpoint),
      },
      async apply(records) {
        try {
          await apply(records)
        } catch (error) {
          if (!(error instanceof ViewsSuperseded)) throw error
          await serving.trouble(error)
          await apply(records)
        }
      },
      onTrouble: tell,
    })
    const { views } = serving
    const catchUp = new CatchUp({
      ...{ log, views },
      writer: { apply: (events) => serving.writer.apply(events) },
      onApplied() {},
      onTrouble: (error) => void serving.trouble(error),
    })
    const want = (streams: readonly StreamName[]) => catchUp.want(streams)
    const sweeping = filling.then(() =>
      sweepHeads({ log, views, want, signal: closing.signal, onTrouble: tell }),
    )
    parts.add({
      async close() {
        closing.abort()
        await Promise.all([consumer.close(), sweeping])
        await catchUp.close()
      },
    })
    return { level: () => filling, lost: serving.lost }
  })
}

/** Whoever is pushed records takes nothing from those who poll. */
const readingOf = (client: KinesisReader, { stream: streamName, consumer: consumerName }: KinesisFeed) =>
  consumerName === null
    ? polledShards({ client, streamName, pollMs: POLL_MS })
    : subscribedShards({ client, streamName, consumerName })

type CheckpointedViews = ServedViews & { readonly checkpoints: PostgresCheckpoints }

const openCheckpointedViews = (
  options: ViewWatchOptions,
  generation: number,
  source: string,
): Promise<CheckpointedViews> =>
  opening(async (parts) => {
    const views = await parts.open(openServedViews(options, generation))
    const checkpoints = await parts.open(openPostgresCheckpoints({ ...options, generation }, source))
    return { ...views, checkpoints }
  })
