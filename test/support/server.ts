import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { type Config, readConfig } from '../../src/cli/config.ts'
import type { Directory } from '../../src/cli/run/directory.ts'
import { type EmbeddedDirectory, openEmbedded } from '../../src/cli/run/embedded.ts'
import { startGateway } from '../../src/cli/run/gateway.ts'
import { openDirectory } from '../../src/cli/run/openDirectory.ts'
import { hashSecret } from '../../src/domain/secrets.ts'
import { PATIENT } from './patient.ts'

/** A server, whatever it stands on. */
export interface AnyServer<Opened extends Directory = Directory> {
  readonly url: string
  readonly operatorKey: string
  readonly directory: Opened
  close(): Promise<void>
}

export interface TestServer extends AnyServer<EmbeddedDirectory> {
  readonly data: string
}

export interface TestServerOptions {
  /** A folder to keep; without it a new one is made, and removed by close. */
  readonly data?: string
  readonly environment?: Readonly<Record<string, string>>
}

const OPERATOR_KEY = 'test-operator-key-0123456789'

/** A whole gateway in this process, on a free port, over real files. It is patient, unless told otherwise. */
export async function startServer({ data, environment }: TestServerOptions = {}): Promise<TestServer> {
  const folder = data ?? (await mkdtemp(join(tmpdir(), 'rollcall-')))
  const config = configOf({ ROLLCALL_DATA: folder, ...environment })
  const server = await startOver(config, await openEmbedded(folder))
  return {
    ...server,
    data: folder,
    async close() {
      await server.close()
      if (data === undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The same over the engines that the settings name. */
export async function startShared(environment: Readonly<Record<string, string>>): Promise<AnyServer> {
  const config = configOf(environment)
  return startOver(config, await openDirectory(config))
}

async function startOver<Opened extends Directory>(
  config: Config,
  directory: Opened,
): Promise<AnyServer<Opened>> {
  const logger = pino({ level: process.env.TEST_LOG ?? 'silent' })
  const gateway = await startGateway(
    config,
    logger,
    directory,
    hashSecret(config.operatorKey ?? OPERATOR_KEY),
  )
  await directory.level()
  return {
    url: gateway.url,
    operatorKey: config.operatorKey ?? OPERATOR_KEY,
    directory,
    close: () => gateway.close(),
  }
}

export function configOf(environment: Readonly<Record<string, string>>): Config {
  const config = readConfig({
    PORT: '0',
    ROLLCALL_OPERATOR_KEY: OPERATOR_KEY,
    ROLLCALL_STOP_TIMEOUT_MS: '2000',
    ...PATIENT,
    ...environment,
  })
  if (!config.ok) throw new Error(config.error)
  return config.value
}
