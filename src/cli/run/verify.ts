import { setImmediate as nextTurn } from 'node:timers/promises'
import { parseStream, type TenantId } from '../../domain/streams.ts'
import { auditLog, type LogRoot } from '../../log/sqlite/audit/auditLog.ts'
import { type Entity, rowsOf } from '../../verify/problems.ts'
import { tenantsIn } from '../../verify/tenants.ts'
import { verifyViews } from '../../verify/verifyViews.ts'
import { CommandFailure } from '../command.ts'
import type { Config } from '../config.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import { createProgress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import { logFile } from './directory.ts'
import { contextOf, openParts, type Parts } from './verifyParts.ts'
import { VerifyReport } from './verifyReport.ts'

export interface VerifyOptions {
  /** Null: all. */
  readonly tenant: TenantId | null
  readonly deep: boolean
  readonly json: boolean
}

/** In a log of more events, only one row in so many is looked up in every way. */
const SMALL_LOG = 100_000
const SAMPLE = 500

/** Finds problems and mends nothing. */
export async function verify(
  config: Config,
  { tenant, deep, json }: VerifyOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const start = performance.now()
  const parts = await openParts(config)
  try {
    const tenants = await wantedTenants(parts, tenant)
    const report = new VerifyReport(terminal, json)
    const position = await parts.log.position()
    const root = await verifyLog(logFile(config.data), position, report, terminal)
    for (const { stream, seq, reason } of await parts.writer.quarantined()) {
      report.quarantined(stream, seq, reason, entityOf(stream))
    }
    const all = deep || position <= SMALL_LOG
    const context = contextOf(parts, (n) => all || n % SAMPLE === 0)
    const progress = createProgress({ things: 'rows of the views', terminal })
    const onProgress = () => progress.update(rowsOf(context.tally), null)
    for await (const problem of verifyViews(context, { tenants, onProgress })) report.view(problem)
    progress.end(rowsOf(context.tally))
    report.end(context.tally, root, (performance.now() - start) / 1_000)
    return report.problems > 0 ? EXIT.problems : EXIT.ok
  } finally {
    await parts.close()
  }
}

async function wantedTenants({ log }: Parts, tenant: TenantId | null): Promise<readonly TenantId[]> {
  const known = await tenantsIn(log)
  if (tenant === null) return known
  if (!known.includes(tenant))
    throw new CommandFailure(`--tenant: there is no tenant ${JSON.stringify(tenant)}`, EXIT.usage)
  return [tenant]
}

async function verifyLog(
  file: string,
  events: number,
  report: VerifyReport,
  terminal: Terminal,
): Promise<LogRoot> {
  const progress = createProgress({ things: 'events of the log', terminal })
  const steps = auditLog({ file })
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) {
      progress.end(events)
      return step.value
    }
    for (const problem of step.value.problems) report.log(problem)
    progress.update(Math.round(events * step.value.share), step.value.share)
    // So that a signal is heard.
    await nextTurn()
  }
}

function entityOf(stream: string): Entity | null {
  const parts = parseStream(stream)
  if (parts === null) return null
  const { kind, tenant, id } = parts
  if (kind === 'tenants') return { kind: 'tenant', tenant, id }
  return { kind: kind === 'group' || kind === 'members' ? 'group' : 'user', tenant, id }
}
