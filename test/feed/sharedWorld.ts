import { openServedViews } from '../../src/cli/run/servedViews.ts'
import type { ServedViews } from '../../src/feed/shared/ServingViews.ts'
import { SharedFeed } from '../../src/feed/shared/SharedFeed.ts'
import { openDynamoLog } from '../../src/log/dynamodb/DynamoLog.ts'
import type { EventLog } from '../../src/log/EventLog.ts'
import {
  openPostgresGenerations,
  openPostgresJournal,
  type PostgresGenerations,
} from '../../src/views/postgres/index.ts'
import type { JournalReader, ViewReader, ViewWriter } from '../../src/views/ViewStore.ts'
import type { LocalDynamoDb } from '../support/dynamodb.ts'
import type { Postgres } from '../support/postgres.ts'

/** What a gateway of the scaled engines has, but for the server. */
export interface SharedGateway {
  readonly log: EventLog
  readonly views: ViewReader
  readonly writer: ViewWriter
  readonly kept: JournalReader
  readonly feed: SharedFeed
  readonly generations: PostgresGenerations
  /** Opens another generation beside the one that serves: the caller closes it. */
  open(generation: number): Promise<ServedViews>
  close(): Promise<void>
}

export interface StartOptions {
  readonly version?: number
  readonly onTrouble?: (error: unknown) => void
}

/** A log in a table of its own, and views of it that any number of gateways share. */
export class SharedWorld {
  readonly #dynamodb: LocalDynamoDb
  readonly #url: string
  readonly #table: string
  readonly #gateways: SharedGateway[] = []

  static async open(dynamodb: LocalDynamoDb, { url }: Pick<Postgres, 'url'>): Promise<SharedWorld> {
    return new SharedWorld(dynamodb, url, await dynamodb.newTable())
  }

  private constructor(dynamodb: LocalDynamoDb, url: string, table: string) {
    this.#dynamodb = dynamodb
    this.#url = url
    this.#table = table
  }

  /** As a process of its own would, of a release with this version of the views; the world closes it. */
  async startGateway({ onTrouble = () => {}, ...version }: StartOptions = {}): Promise<SharedGateway> {
    const { endpoint, region } = this.#dynamodb
    const log = await openDynamoLog({ endpoint, region, table: this.#table })
    const options = { url: this.#url, epoch: log.epoch, ...version }
    const kept = await openPostgresJournal(options)
    const generations = await openPostgresGenerations(options)
    const open = (number: number) => openServedViews(options, number)
    const generation = await open(await generations.serving())
    const feed = new SharedFeed({
      ...{ log, kept, generation, onTrouble },
      succession: { serving: () => generations.serving(), open },
    })
    const gateway = {
      ...{ log, kept, generations, feed, open, views: feed.views },
      get writer() {
        return feed.writer
      },
      async close() {
        await feed.close()
        await Promise.all([kept, generations, log].map((part) => part.close()))
      },
    }
    this.#gateways.push(gateway)
    return gateway
  }

  async close(): Promise<void> {
    await Promise.all(this.#gateways.map((gateway) => gateway.close()))
  }
}
