import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { readConfig } from '../../src/cli/config.ts'
import type { Directory } from '../../src/cli/run/directory.ts'
import { startGateway } from '../../src/cli/run/gateway.ts'

export interface TestServer {
  readonly url: string
  readonly operatorKey: string
  readonly data: string
  readonly directory: Directory
  close(): Promise<void>
}

export interface TestServerOptions {
  /** A folder to keep; without it a new one is made, and removed by close. */
  readonly data?: string
  readonly environment?: Readonly<Record<string, string>>
}

const OPERATOR_KEY = 'test-operator-key-0123456789'

/** A whole gateway in this process, on a free port, over real files. */
export async function startServer({ data, environment }: TestServerOptions = {}): Promise<TestServer> {
  const folder = data ?? (await mkdtemp(join(tmpdir(), 'rollcall-')))
  const config = readConfig({
    PORT: '0',
    ROLLCALL_DATA: folder,
    ROLLCALL_OPERATOR_KEY: OPERATOR_KEY,
    ROLLCALL_STOP_TIMEOUT_MS: '2000',
    ...environment,
  })
  if (!config.ok) throw new Error(config.error)
  const gateway = await startGateway(config.value, pino({ level: process.env.TEST_LOG ?? 'silent' }))
  await gateway.directory.feed.level()
  return {
    url: gateway.url,
    operatorKey: config.value.operatorKey ?? OPERATOR_KEY,
    data: folder,
    directory: gateway.directory,
    async close() {
      await gateway.close()
      if (data === undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}
