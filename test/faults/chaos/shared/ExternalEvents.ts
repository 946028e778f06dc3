import { connectKinesis } from '../../../../src/feed/aws/consumer/connect.ts'
import { DynamoMarks } from '../../../../src/feed/aws/external/DynamoMarks.ts'
import { createMarksTable } from '../../../../src/feed/aws/external/marksTable.ts'
import type { CloudEvent } from '../../../../src/feed/cloudEvent.ts'
import { isPublic } from '../../../../src/feed/publicEvents.ts'
import { openDynamoLogReader } from '../../../../src/log/dynamodb/DynamoLogReader.ts'
import { connect } from '../../../../src/log/dynamodb/database.ts'
import type { LogReader } from '../../../../src/log/EventLog.ts'
import type { LocalDynamoDb } from '../../../support/dynamodb.ts'
import type { LocalKinesis } from '../../../support/kinesis.ts'
import { startTransform } from '../../../support/transform.ts'
import { type ClusterFault, fault } from '../ClusterFault.ts'
import { Turns } from '../Turns.ts'
import { headsOf } from './headsOf.ts'
import type { Wire } from './Wire.ts'

interface ExternalParts {
  readonly dynamodb: LocalDynamoDb
  readonly kinesis: LocalKinesis
  readonly wire: Wire
  readonly table: string
  readonly platformStream: string
  /** Told of each stream that stands still: none may. */
  readonly onAmiss: (what: string) => void
}

const SHARDS = 2

/**
 * The transform, run here, and what others get of the directory through it. It works by way of the wire; what it is given comes
 * straight from Kinesis, as Lambda would bring it.
 */
export class ExternalEvents {
  readonly faults: readonly ClusterFault[]
  readonly #parts: ExternalParts
  readonly #stream: string
  readonly #marks: DynamoMarks
  readonly #turns = new Turns()
  readonly #clients: readonly { destroy(): void }[]
  readonly #log: LogReader
  readonly #start: () => ReturnType<typeof startTransform>
  #transform: ReturnType<typeof startTransform>

  static async open(parts: ExternalParts): Promise<ExternalEvents> {
    const { dynamodb, kinesis, wire, table } = parts
    const marksTable = `${table}-marks`
    await createMarksTable(dynamodb.client, marksTable)
    const stream = await kinesis.newStream(SHARDS)
    const log = await openDynamoLogReader({
      table,
      region: dynamodb.region,
      endpoint: wire.dynamodb.endpoint,
    })
    return new ExternalEvents(parts, { marksTable, stream, log })
  }

  private constructor(
    parts: ExternalParts,
    { marksTable, stream, log }: { marksTable: string; stream: string; log: LogReader },
  ) {
    const { dynamodb, kinesis, wire, platformStream, onAmiss } = parts
    const tables = connect({ region: dynamodb.region, endpoint: wire.dynamodb.endpoint })
    const publishing = connectKinesis({ region: kinesis.region, endpoint: wire.kinesis.endpoint })
    this.#parts = parts
    this.#stream = stream
    this.#log = log
    this.#clients = [tables, publishing]
    this.#marks = new DynamoMarks({ client: dynamodb.client, table: marksTable, epoch: log.epoch })
    this.#start = () =>
      startTransform({
        ...{ log, tables, publishing, marksTable, platformStream },
        ...{ kinesis: kinesis.client, externalStream: stream },
        onHeld: ({ stream, seq, reason }) => onAmiss(`${stream} is held at ${seq}: ${reason}`),
      })
    this.#transform = this.#start()
    this.faults = [
      // It remembers nothing but its marks: all platform events come again.
      fault('transform: from the start', 1, () =>
        this.#turns.take(async () => {
          await this.#transform.close()
          this.#transform = this.#start()
        }),
      ),
    ]
  }

  /** Whether all that is in the log, and to be told to others, was published. Nobody writes. */
  async isLevel(): Promise<boolean> {
    const heads = [...(await headsOf(this.#log))].filter(([stream]) => isPublic(stream))
    const marks = await this.#marks.load(heads.map(([stream]) => stream))
    return heads.every(([stream, seq]) => (marks.get(stream) ?? 0) >= seq)
  }

  /** What is not as it was promised: of each public stream every event, for the first time after those that precede it. */
  async amiss(): Promise<readonly string[]> {
    const shards = await this.#parts.kinesis.readAll(this.#stream, decoded)
    const came = Map.groupBy(shards.flat(), ({ partitionkey }) => partitionkey)
    const heads = await headsOf(this.#log)
    return [...heads].flatMap(([stream, seq]) => {
      const first = [...new Set(came.get(stream)?.map(({ sequence }) => Number(sequence)))]
      const wanted = isPublic(stream) ? seq : 0
      const isWhole = first.length === wanted && first.every((each, i) => each === i + 1)
      return isWhole ? [] : `external events of ${stream}@${seq} came as ${first}`
    })
  }

  async close(): Promise<void> {
    await this.#turns.take(() => this.#transform.close())
    for (const client of this.#clients) client.destroy()
    await this.#log.close()
  }
}

const decoded = (bytes: Uint8Array): CloudEvent => JSON.parse(Buffer.from(bytes).toString())
