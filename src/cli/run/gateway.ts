import type { Logger } from 'pino'
import { cursorCodec } from '../../domain/cursor.ts'
import { tokenCodec } from '../../domain/token.ts'
import { openJournal } from '../../feed/journal.ts'
import { MAX_ANSWER_CHARS } from '../../graphql/answerSize.ts'
import { createEngine } from '../../graphql/createEngine.ts'
import { createReadiness } from '../../http/health.ts'
import { createMetrics } from '../../http/metrics.ts'
import { createServer } from '../../http/server.ts'
import { DEFAULT_HTTP_SETTINGS } from '../../http/settings.ts'
import { Relations } from '../../queries/Relations.ts'
import { TenantMaker } from '../../transfer/importTenants.ts'
import type { Config } from '../config.ts'
import type { Directory } from './directory.ts'
import { listening } from './listening.ts'

/** A gateway that listens. */
export interface RunningGateway<Opened extends Directory> {
  /** Without a path: http://127.0.0.1:4000 */
  readonly url: string
  readonly directory: Opened
  /** Lets what is in flight finish, up to the configured time; then closes everything. */
  close(): Promise<void>
}

const LEVEL_WAIT_MS = 1_000

/** Puts a server before an open directory, which is the gateway's from then on, and listens. */
export async function startGateway<Opened extends Directory>(
  config: Config,
  logger: Logger,
  directory: Opened,
  operatorKeyHash: string,
  beforeListening: () => Promise<void> = async () => {},
): Promise<RunningGateway<Opened>> {
  try {
    const { log, logRetries, feed, views, kept } = directory
    await new TenantMaker(log).ensure('default')
    await beforeListening()
    const metrics = createMetrics(feed, logRetries)
    const server = await createServer({
      gateway: {
        log,
        feed,
        views,
        kept,
        journal: openJournal(kept, feed, { retentionMs: config.journalRetention }),
        relations: new Relations(kept),
        tokens: tokenCodec(log.secret, log.epoch, kept.epoch),
        cursors: cursorCodec(log.secret),
        observer: metrics.observer,
        viewDeadlineMs: config.viewDeadlineMs,
      },
      engine: createEngine({ ...config, maxAnswerChars: MAX_ANSWER_CHARS }, (error, requestId) =>
        logger.error({ err: error, requestId }, 'request failed'),
      ),
      logger,
      metrics,
      readiness: createReadiness({ log, level: directory.level() }),
      settings: {
        ...DEFAULT_HTTP_SETTINGS,
        host: config.host,
        port: config.port,
        operatorKeyHash,
        maxBodyBytes: config.maxBodyBytes,
        corsOrigins: config.corsOrigins,
        playground: config.playground,
        stopTimeoutMs: config.stopTimeoutMs,
        trustedProxies: config.trustedProxies,
        metricsNeedKey: config.metricsNeedKey,
        maxConnections: config.maxConnections,
        maxFollowersPerKey: config.maxFollowersPerKey,
        maxSilenceMs: config.maxSilenceMs,
      },
    })
    // Views that are only a little behind are level at once, and have the tenant that was just made; others catch up while /readyz
    // says so.
    await feed.reach(await directory.newest(), LEVEL_WAIT_MS)
    const url = await listening(() => server.listen(), config)
    return {
      url,
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
