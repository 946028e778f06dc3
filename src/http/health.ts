import type { FastifyInstance } from 'fastify'
import { TENANTS_STREAM } from '../domain/streams.ts'
import { type EventLog, type LogCommit, LogGone } from '../log/EventLog.ts'

export interface Check {
  readonly ok: boolean
  readonly detail?: string
}

export interface ReadinessReport {
  readonly ready: boolean
  readonly checks: Readonly<Record<string, Check>>
}

/** Whether requests should be sent here. Never rejects. */
export interface Readiness {
  check(): Promise<ReadinessReport>
  /** Whether the views have been level with the log since the start: before that they would tell of a past, or of nothing. */
  readonly hasBeenLevel: boolean
}

/** One look serves all who ask within this time: anybody may ask, and looking costs the log something. */
const REMEMBERED_MS = 500

export interface ReadinessParts {
  readonly log: Pick<EventLog, 'seqs' | 'commit'>
  /** Resolves when the views are level with the log for the first time since the start. */
  readonly level: Promise<unknown>
}

/** Ready once the views have been level with the log, while the log answers and takes commits. */
export function createReadiness({ log, level }: ReadinessParts): Readiness {
  let isLevel = false
  void level.then(() => {
    isLevel = true
  })
  let last: Promise<ReadinessReport> | null = null
  let lookedAt = Number.NEGATIVE_INFINITY

  async function look(): Promise<ReadinessReport> {
    const [logReads, logWrites] = await Promise.all([
      attempt(() => log.seqs([TENANTS_STREAM])),
      attempt(() => log.commit(NOTHING)),
    ])
    const views: Check = isLevel ? { ok: true } : { ok: false, detail: 'catching up with the log' }
    const checks = { views, logReads, logWrites }
    return { ready: Object.values(checks).every(({ ok }) => ok), checks }
  }

  return {
    get hasBeenLevel() {
      return isLevel
    },
    check() {
      const now = performance.now()
      if (last === null || now - lookedAt > REMEMBERED_MS) {
        lookedAt = now
        last = look()
      }
      return last
    },
  }
}

/** Goes as far as the engine takes an empty commit: on SQLite to the writer and through its lock. It leaves nothing. */
const NOTHING: LogCommit = {
  tenant: 'default',
  meta: {
    actor: { kind: 'system', id: null, label: 'readiness' },
    at: new Date(0).toISOString(),
    cause: null,
    idempotencyKey: null,
    ip: null,
  },
  appends: [],
  checks: [],
  claims: [],
  releases: [],
  idempotency: [],
}

/** Why it failed is for the server's log: anybody may read the report. */
const attempt = (probe: () => Promise<unknown>): Promise<Check> =>
  probe().then(
    () => ({ ok: true }),
    (error) => ({ ok: false, detail: error instanceof LogGone ? GONE : 'does not answer' }),
  )

const GONE = 'was deleted, moved or replaced while it was open: start the server anew'

const STOPPING: ReadinessReport = { ready: false, checks: { server: { ok: false, detail: 'stopping' } } }

/** GET /healthz: the process runs. GET /readyz: 200 or 503, with what is amiss. Neither needs a key. */
export function healthRoutes(app: FastifyInstance, readiness: Readiness, isStopping: () => boolean): void {
  app.get('/healthz', (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const report = isStopping() ? STOPPING : await readiness.check()
    return reply
      .code(report.ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(report)
  })
}
