import { type DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { afterAll } from 'vitest'
import { connect } from '../../src/log/dynamodb/database.ts'
import { createTable } from '../../src/log/dynamodb/schema.ts'
import { setLocalCredentials } from '../../stack/engines/credentials.ts'
import { DYNAMODB_REGION, spawnDynamoDb } from '../../stack/engines/dynamodb.ts'
import { hasJava } from '../../stack/engines/java.ts'
import { freePort } from '../../stack/processes/freePort.ts'
import { ready } from '../../stack/processes/ready.ts'

/** AWS's own DynamoDB Local, in memory, for one test file. */
export interface LocalDynamoDb {
  readonly endpoint: string
  readonly region: string
  /** For the tests' own use. */
  readonly client: DynamoDBClient
  /** An empty one, as the log wants it. */
  newTable(): Promise<string>
  stop(): Promise<void>
}

/** A table as settings and commands name it. */
export const placeOf = (
  { region, endpoint }: Pick<LocalDynamoDb, 'region' | 'endpoint'>,
  table: string,
): string => `dynamodb://${region}/${table}?endpoint=${endpoint}`

/** As `startDynamoDb`, for a file's tests, to be asked for at its top: it ends with them. */
export async function dynamoDbOrSkip(): Promise<LocalDynamoDb | null> {
  const dynamodb = await startDynamoDb()
  afterAll(() => dynamodb?.stop())
  return dynamodb
}

const REQUEST_MS = 60_000

/**
 * Null where there is no Java 17, for which its tests are skipped; with ROLLCALL_REQUIRE_ENGINES=1 it rejects then. It ends with this
 * process, however that ends.
 */
export async function startDynamoDb(): Promise<LocalDynamoDb | null> {
  if (!hasJava()) {
    if (process.env.ROLLCALL_REQUIRE_ENGINES === '1') throw new Error('DynamoDB Local needs Java 17 or newer')
    return null
  }
  setLocalCredentials()
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const region = DYNAMODB_REGION
  const client = connect({ endpoint, region, requestTimeoutMs: REQUEST_MS })
  const java = spawnDynamoDb({ port })
  await ready({ title: 'DynamoDB Local' }, java, () => client.send(new ListTablesCommand()))
  let tables = 0
  return {
    endpoint,
    region,
    client,
    async newTable() {
      const name = `rollcall-${++tables}`
      await createTable(client, name)
      return name
    },
    async stop() {
      client.destroy()
      java.signal('SIGTERM')
      await java.ended
    },
  }
}

/** What a request wants, and the way to the table. */
export interface Passing {
  /** Of the command: TransactWriteItems. */
  readonly operation: string
  readonly input: Record<string, unknown>
  send(): Promise<Record<string, unknown>>
}

/** A client of the log whose requests go through the function; what that throws, the log is thrown. */
export function interceptedClient(
  { endpoint, region }: Pick<LocalDynamoDb, 'endpoint' | 'region'>,
  pass: (passing: Passing) => Promise<Record<string, unknown>>,
): DynamoDBClient {
  // Of faults there are those that the test wants: a busy machine adds none.
  const client = connect({ endpoint, region, requestTimeoutMs: REQUEST_MS })
  client.middlewareStack.add(
    (next, context) => async (args) => {
      let response: unknown
      const send = async () => {
        const answer = await next(args)
        response = answer.response
        return answer.output as unknown as Record<string, unknown>
      }
      const operation = String(context.commandName).replace(/Command$/, '')
      const output = await pass({ operation, input: args.input as Record<string, unknown>, send })
      return { output: output as never, response }
    },
    { step: 'initialize' },
  )
  return client
}
