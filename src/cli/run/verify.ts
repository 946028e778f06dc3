import { parseStream, type TenantId } from '../../domain/streams.ts'
import type { VerifyContext } from '../../verify/context.ts'
import { type Entity, rowsOf, type Tally } from '../../verify/problems.ts'
import { tenantsIn } from '../../verify/tenants.ts'
import { verifyViews } from '../../verify/verifyViews.ts'
import { CommandFailure } from '../command.ts'
import type { Config } from '../config.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import { createProgress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import type { CheckedLog, IntegrityCheck } from './logIntegrity.ts'
import type { VerifiedParts } from './VerifiedParts.ts'
import { contextOf, openParts, sampleOf } from './verifyParts.ts'
import { VerifyReport } from './verifyReport.ts'

export interface VerifyOptions {
  /** Null: all. */
  readonly tenant: TenantId | null
  readonly deep: boolean
  readonly json: boolean
}

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
    const { events, root } = await verifyLog(parts.checkLog(), report, terminal)
    const isSampled = sampleOf(events, deep)
    const tally = parts.views && (await compareViews(parts, { tenants, isSampled }, report, terminal))
    report.end(tally, root, (performance.now() - start) / 1_000)
    return report.problems > 0 ? EXIT.problems : EXIT.ok
  } finally {
    await parts.close()
  }
}

async function compareViews(
  parts: VerifiedParts,
  { tenants, isSampled }: Pick<VerifyContext, 'isSampled'> & { readonly tenants: readonly TenantId[] },
  report: VerifyReport,
  terminal: Terminal,
): Promise<Tally> {
  for (const { stream, seq, reason } of await parts.writer.quarantined()) {
    report.quarantined(stream, seq, reason, entityOf(stream))
  }
  const context = contextOf(parts, isSampled)
  const progress = createProgress({ things: 'rows of the views', terminal })
  const onProgress = () => progress.update(rowsOf(context.tally), null)
  for await (const problem of verifyViews(context, { tenants, onProgress })) report.view(problem)
  progress.end(rowsOf(context.tally))
  return context.tally
}

async function wantedTenants(
  { log }: Pick<VerifiedParts, 'log'>,
  tenant: TenantId | null,
): Promise<readonly TenantId[]> {
  const known = await tenantsIn(log)
  if (tenant === null) return known
  if (!known.includes(tenant))
    throw new CommandFailure(`--tenant: there is no tenant ${JSON.stringify(tenant)}`, EXIT.usage)
  return [tenant]
}

async function verifyLog(
  steps: IntegrityCheck,
  report: VerifyReport,
  terminal: Terminal,
): Promise<CheckedLog> {
  const progress = createProgress({ things: 'events of the log', terminal })
  for (let step = await steps.next(); ; step = await steps.next()) {
    if (step.done === true) {
      progress.end(step.value.events)
      return step.value
    }
    for (const problem of step.value.problems) report.log(problem)
    progress.update(step.value.events, step.value.share)
  }
}

function entityOf(stream: string): Entity | null {
  const parts = parseStream(stream)
  if (parts === null) return null
  const { kind, tenant, id } = parts
  if (kind === 'tenants') return { kind: 'tenant', tenant, id }
  return { kind: kind === 'group' || kind === 'members' ? 'group' : 'user', tenant, id }
}
