import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { afterAll } from 'vitest'
import { EXIT } from '../../../src/cli/exitCodes.ts'
import { tokenCodec } from '../../../src/domain/token.ts'
import { openDynamoLog } from '../../../src/log/dynamodb/DynamoLog.ts'
import { openPostgresJournal, openPostgresViewReader } from '../../../src/views/postgres/index.ts'
import { generationSchema } from '../../../src/views/postgres/names.ts'
import { dynamoDbOrSkip, type LocalDynamoDb, placeOf } from '../../support/dynamodb.ts'
import { type LocalKinesis, merge, openShards, split, startKinesis } from '../../support/kinesis.ts'
import { type Postgres, postgresOrSkip } from '../../support/postgres.ts'
import { startRelay } from '../../support/relay.ts'
import { Cli } from './Cli.ts'
import { type Cluster, OPERATOR_KEY } from './Cluster.ts'
import { fault } from './ClusterFault.ts'
import { ServeNode } from './ServeNode.ts'
import { compareExports } from './shared/compareExports.ts'
import { ExternalEvents } from './shared/ExternalEvents.ts'
import { isLevel } from './shared/isLevel.ts'
import { relayFaults } from './shared/relayFaults.ts'
import { Synchroniser } from './shared/Synchroniser.ts'
import { Wire } from './shared/Wire.ts'
import { Turns } from './Turns.ts'
import { vectorsIn } from './vectorsIn.ts'
import { whileAllAreDown } from './whileAllAreDown.ts'

const AGAIN_MS = 100
const MAX_SHARDS = 4

interface Engines {
  readonly dynamodb: LocalDynamoDb
  readonly kinesis: LocalKinesis
  readonly postgres: Postgres
}

/**
 * Starts the engines for a file's tests, to be asked for at its top. Null where they cannot be started. The relay is stopped for so
 * long at a time.
 */
export async function openSharedClusters(relayStopMs: number) {
  const dynamodb = await dynamoDbOrSkip()
  const postgres = await postgresOrSkip()
  if (dynamodb === null || postgres === null) return null
  const kinesis = await startKinesis()
  afterAll(() => kinesis.stop())
  return (names: readonly string[]) => sharedCluster({ dynamodb, kinesis, postgres }, names, relayStopMs)
}

/**
 * Processes of `rollcall serve`, and two of `rollcall synchronise`, over a log of their own; relay and transform run here. All reach
 * DynamoDB and Kinesis by way of a wire on which things happen.
 */
async function sharedCluster(
  { dynamodb, kinesis, postgres }: Engines,
  names: readonly string[],
  relayStopMs: number,
): Promise<Cluster> {
  const { region, endpoint } = dynamodb
  const table = await dynamodb.newTable()
  const stream = await kinesis.newStream(2)
  const wire = await Wire.open({ dynamodb, kinesis })
  const environment = {
    ROLLCALL_LOG: placeOf({ region, endpoint: wire.dynamodb.endpoint }, table),
    ROLLCALL_VIEWS: postgres.url,
    ROLLCALL_FEED: `kinesis://us-east-1/${stream}?endpoint=${wire.kinesis.endpoint}`,
    ROLLCALL_OPERATOR_KEY: OPERATOR_KEY,
  }
  const log = await openDynamoLog({ table, region, endpoint })
  const options = { url: postgres.url, epoch: log.epoch }
  const [views, journal] = [await openPostgresViewReader(options), await openPostgresJournal(options)]
  const startAnew = () =>
    startRelay(dynamodb, { region: kinesis.region, endpoint: wire.kinesis.endpoint }, { table, stream })
  const relay = relayFaults(await startAnew(), startAnew, relayStopMs)
  const amiss: string[] = []
  const onAmiss = (what: string) => amiss.push(what)
  const external = await ExternalEvents.open({
    ...{ dynamodb, kinesis, wire, table, onAmiss },
    platformStream: stream,
  })
  const nodes: ServeNode[] = []
  for (const name of names) nodes.push(await ServeNode.start({ name, environment, onAmiss }))
  // The first is told of records, the other asks for them.
  const feed = environment.ROLLCALL_FEED
  const synchronisers = [`${feed}&consumer=synchroniser-1`, feed].map(
    (ROLLCALL_FEED) => new Synchroniser({ ...environment, ROLLCALL_FEED }, onAmiss),
  )
  const cli = new Cli(environment)
  const ofPostgres = new Turns()
  const ofShards = new Turns()

  return {
    nodes,
    operatorKey: OPERATOR_KEY,
    totalOrder: false,
    vectorOf: vectorsIn(tokenCodec(log.secret, log.epoch, journal.epoch)),
    faults: [
      ...wire.faults,
      ...relay.faults,
      ...external.faults,
      fault('kinesis: resharded', 2, () => ofShards.take(() => reshard(kinesis, stream))),
      fault('synchroniser: killed', 2, ({ whom, ms }) =>
        (synchronisers[whom % synchronisers.length] as Synchroniser).kill(() => delay(ms)),
      ),
      fault('postgres: killed', 1, ({ ms }) =>
        ofPostgres.take(async () => {
          await postgres.crash()
          await delay(ms)
          await postgres.start()
        }),
      ),
      fault('loseViews', 1, () =>
        ofPostgres.take(() =>
          cli.without(() =>
            whileAllAreDown([...nodes, ...synchronisers], () => dropViews(postgres, log.epoch)),
          ),
        ),
      ),
    ],
    amiss,
    calm: () => wire.calm(),
    isLevel: async () => (await isLevel(log, views)) && (await external.isLevel()),
    async importFile(file, signal) {
      for (;;) {
        const finished = await cli.run(['import', file], signal)
        if (finished.code !== EXIT.unavailable) return finished
        await delay(AGAIN_MS)
      }
    },
    async verify() {
      const compared = await compareExports(cli)
      const amiss = await external.amiss()
      return amiss.length === 0 ? compared : { code: EXIT.problems, stdout: amiss.join('\n'), stderr: '' }
    },
    async close() {
      await Promise.all([...nodes, ...synchronisers].map((process) => process.close()))
      await Promise.all([relay.close(), external.close()])
      await Promise.all([views.close(), journal.close()])
      await log.close()
      await wire.close()
    },
  }
}

/** Back and forth, so that there are never many. */
async function reshard({ client }: LocalKinesis, stream: string): Promise<void> {
  const open = await openShards(client, stream)
  await (open.length < MAX_SHARDS ? split : merge)(client, stream)
}

/** Of the generation; the journal is of all of them, and stays. */
async function dropViews({ url }: Postgres, epoch: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`DROP SCHEMA IF EXISTS ${generationSchema(epoch)} CASCADE`)
  await client.end()
}
