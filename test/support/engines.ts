import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { dynamoDbOrSkip, placeOf } from './dynamodb.ts'
import { postgresOrSkip } from './postgres.ts'
import { type AnyServer, startServer, startShared, type TestServerOptions } from './server.ts'

export type StartServer = (options?: Pick<TestServerOptions, 'environment'>) => Promise<AnyServer>

const dynamodb = await dynamoDbOrSkip()
const postgres = await postgresOrSkip()

export const hasSharedEngines = dynamodb !== null && postgres !== null

/** The suite on the embedded engine, and on DynamoDB and PostgreSQL; where those cannot be started, that is skipped. */
export function onEveryEngine(title: string, suite: (startServer: StartServer) => void): void {
  describe(title, () => suite(startServer))
  describe.skipIf(!hasSharedEngines)(`${title}, on DynamoDB and PostgreSQL`, () =>
    suite(async ({ environment } = {}) => startShared({ ...(await newLog()), ...environment })),
  )
}

/** A directory that several servers and commands may have open. */
export interface Site {
  /** The settings by which they find it. */
  readonly environment: Readonly<Record<string, string>>
  start: StartServer
  /** After the servers. */
  close(): Promise<void>
}

/** As `onEveryEngine`, for tests of more than one process. */
export function onEverySite(title: string, suite: (openSite: () => Promise<Site>) => void): void {
  describe(title, () =>
    suite(async () => {
      const data = await mkdtemp(join(tmpdir(), 'rollcall-site-'))
      return {
        environment: { ROLLCALL_DATA: data },
        start: (options) => startServer({ data, ...options }),
        close: () => rm(data, { recursive: true, force: true }),
      }
    }),
  )
  describe.skipIf(!hasSharedEngines)(`${title}, on DynamoDB and PostgreSQL`, () =>
    suite(async () => {
      const environment = await newLog()
      return {
        environment,
        start: (options) => startShared({ ...environment, ...options?.environment }),
        close: async () => {},
      }
    }),
  )
}

/** Settings of a gateway with a log of its own; more than one may be given them. */
export async function newLog(): Promise<Readonly<Record<string, string>>> {
  if (dynamodb === null || postgres === null) throw new Error('an engine is not there')
  return { ROLLCALL_LOG: placeOf(dynamodb, await dynamodb.newTable()), ROLLCALL_VIEWS: postgres.url }
}
