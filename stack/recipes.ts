import { connectKinesis } from '../src/feed/aws/consumer/connect.ts'
import { connect } from '../src/log/dynamodb/database.ts'
import { DYNAMODB_REGION, spawnDynamoDb } from './engines/dynamodb.ts'
import { KINESIS_REGION, spawnKinesis } from './engines/kinesis.ts'
import { connectOnce, postgresUrl, spawnPostgres } from './engines/postgres.ts'
import { createStream } from './engines/streams.ts'
import { createTables } from './engines/tables.ts'
import type { Recipe } from './Part.ts'
import { loopback, type Plan } from './plan.ts'
import { freePort } from './processes/freePort.ts'
import { spawnTied } from './processes/tied.ts'

export const ROLLCALL = new URL('../dist/cli/main.js', import.meta.url).pathname
const RELAY = new URL('./lambdas/relay.ts', import.meta.url).pathname
const TRANSFORM = new URL('./lambdas/transform.ts', import.meta.url).pathname

const SHARDS = 2
const ORDINARY = { stopSignal: 'SIGTERM', killSignal: 'SIGKILL', canPause: true } as const

/** The tables are made the first time. */
export function dynamodb({ folder, dynamodbPort: port, table, marksTable }: Plan): Recipe {
  const endpoint = loopback(port)
  const log = folder.log('dynamodb')
  return {
    ...ORDINARY,
    name: 'dynamodb',
    place: `${endpoint}, tables ${table} and ${marksTable}`,
    log,
    launch: async () => spawnDynamoDb({ port, folder: await folder.sub('dynamodb'), log }),
    async check() {
      const client = connect({ region: DYNAMODB_REGION, endpoint })
      await createTables(client, table, marksTable).finally(() => client.destroy())
    },
  }
}

/** The streams are made each time, since kinesis-local keeps nothing. */
export function kinesis({ folder, kinesisPort: port, stream, externalStream }: Plan): Recipe {
  const endpoint = loopback(port)
  const log = folder.log('kinesis')
  return {
    ...ORDINARY,
    name: 'kinesis',
    place: `${endpoint}, streams ${stream} and ${externalStream}`,
    log,
    launch: async () => spawnKinesis({ port, tlsPort: await freePort(), log }),
    async check() {
      const client = connectKinesis({ region: KINESIS_REGION, endpoint })
      const making = [stream, externalStream].map((name) => createStream(client, name, SHARDS))
      await Promise.all(making).finally(() => client.destroy())
    },
  }
}

export function postgres({ folder, postgresPort: port }: Plan): Recipe {
  const settings = folder.isKept ? [] : ['fsync=off']
  const log = folder.log('postgres')
  return {
    name: 'postgres',
    place: postgresUrl(port),
    log,
    stopSignal: 'SIGINT',
    killSignal: 'SIGQUIT',
    canPause: false,
    launch: () => spawnPostgres({ port, folder: folder.file('postgres'), log, settings }),
    check: () => connectOnce(port),
  }
}

export function gateway({ folder, environment, gatewayPorts }: Plan, index: number): Recipe {
  const port = gatewayPorts[index] ?? 0
  const name = `gateway-${index + 1}`
  const log = folder.log(name)
  const args = ['serve', '--host', '127.0.0.1', '--port', String(port)]
  return {
    ...ORDINARY,
    name,
    place: loopback(port),
    log,
    launch: async () => spawnTied([process.execPath, ROLLCALL, ...args], { environment, log }),
    async check() {
      const { ok, status } = await fetch(`${loopback(port)}/readyz`)
      if (!ok) throw new Error(`/readyz says ${status}`)
    },
  }
}

/** What the relay's Lambda function does in AWS. */
export const relay = (plan: Plan): Recipe => worker(plan, 'relay', `${plan.table} → ${plan.stream}`, [RELAY])

/** What the Lambda function of external events does in AWS. */
export const transform = (plan: Plan): Recipe =>
  worker(plan, 'transform', `${plan.stream} → ${plan.externalStream}`, [TRANSFORM], {
    ROLLCALL_MARKS_TABLE: plan.marksTable,
    ROLLCALL_EXTERNAL_STREAM: plan.externalStream,
  })

export const synchroniser = (plan: Plan): Recipe =>
  worker(plan, 'synchroniser', `${plan.stream} → postgres`, [ROLLCALL, 'synchronise'])

/** A process that nobody can ask anything: it begins at once, and tries again what fails. */
function worker(
  { folder, environment }: Plan,
  name: string,
  place: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Recipe {
  const log = folder.log(name)
  return {
    ...ORDINARY,
    ...{ name, place, log },
    launch: async () =>
      spawnTied([process.execPath, ...args], { environment: { ...environment, ...more }, log }),
    async check() {},
  }
}
