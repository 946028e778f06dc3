import { mkdir } from 'node:fs/promises'
import type { Logger } from 'pino'
import { cursorCodec } from '../../domain/cursor.ts'
import { tokenCodec, vectorAt } from '../../domain/token.ts'
import { logJournal } from '../../feed/journal.ts'
import { createEngine } from '../../graphql/createEngine.ts'
import { createReadiness } from '../../http/health.ts'
import { createMetrics } from '../../http/metrics.ts'
import { createServer } from '../../http/server.ts'
import { DEFAULT_HTTP_SETTINGS } from '../../http/settings.ts'
import { Relations } from '../../queries/Relations.ts'
import { TenantMaker } from '../../transfer/importTenants.ts'
import type { Config } from '../config.ts'
import { type Directory, openDirectory } from './directory.ts'
import { type OperatorKey, operatorKey } from './operatorKey.ts'

/** A gateway that listens. */
export interface RunningGateway {
  /** Without a path: http://127.0.0.1:4000 */
  readonly url: string
  readonly operatorKey: OperatorKey
  readonly directory: Directory
  /** Lets what is in flight finish, up to the configured time; then closes everything. */
  close(): Promise<void>
}

const LEVEL_WAIT_MS = 1_000

/** The composition root of the embedded engine: opens the directory, puts a server before it, and listens. */
export async function startGateway(
  config: Config,
  logger: Logger,
  beforeListening: (directory: Directory) => Promise<void> = async () => {},
): Promise<RunningGateway> {
  await mkdir(config.data, { recursive: true, mode: 0o700 })
  const directory = await openDirectory(config.data, { onTrouble: (message) => logger.warn(message) })
  try {
    const { log, feed } = directory
    await new TenantMaker(log).ensure('default')
    await beforeListening(directory)
    const key = await operatorKey(config.data, config.operatorKey)
    const metrics = createMetrics(feed)
    const server = await createServer({
      gateway: {
        log,
        feed,
        views: feed.views,
        journal: logJournal(log, feed, { retentionMs: config.journalRetention }),
        relations: new Relations(log),
        tokens: tokenCodec(log.secret, log.epoch),
        cursors: cursorCodec(log.secret),
        observer: metrics.observer,
        viewDeadlineMs: config.viewDeadlineMs,
      },
      engine: createEngine(config, (error, requestId) =>
        logger.error({ err: error, requestId }, 'request failed'),
      ),
      logger,
      metrics,
      readiness: createReadiness({ log, level: feed.level() }),
      settings: {
        ...DEFAULT_HTTP_SETTINGS,
        host: config.host,
        port: config.port,
        operatorKeyHash: key.hash,
        maxBodyBytes: config.maxBodyBytes,
        corsOrigins: config.corsOrigins,
        playground: config.playground,
        stopTimeoutMs: config.stopTimeoutMs,
        trustedProxies: config.trustedProxies,
        metricsNeedKey: config.metricsNeedKey,
        websocket: { ...DEFAULT_HTTP_SETTINGS.websocket, maxConnections: config.maxWebSockets },
      },
    })
    // Views that are only a little behind are level at once, and have the tenant that was just made; others catch up while /readyz
    // says so.
    await feed.reach(vectorAt(await log.position()), LEVEL_WAIT_MS)
    const url = await server.listen()
    return {
      url,
      operatorKey: key,
      directory,
      async close() {
        await server.close()
        await directory.close()
      },
    }
  } catch (error) {
    await directory.close()
    throw error
  }
}
