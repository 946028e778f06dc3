import type { RecordedEvent } from '../domain/events.ts'
import { foldTenants, upTo } from '../domain/fold.ts'
import { TENANTS_STREAM, type TenantId } from '../domain/streams.ts'
import type { LogReader } from '../log/EventLog.ts'
import type { TenantRow } from '../ops/rows.ts'
import { compareRows } from './compare.ts'
import { atOneMoment, noteUnsettled, problemsOf, type VerifyContext } from './context.ts'
import type { Problem } from './problems.ts'
import { checkStanding, standingOf } from './standing.ts'

/** Every tenant that the log knows. */
export const tenantsIn = async (log: LogReader): Promise<readonly TenantId[]> => [
  ...foldTenants(await eventsIn(log)).keys(),
]

export async function* checkTenants(context: VerifyContext): AsyncGenerator<Problem> {
  const { log, views, tally } = context
  const ids = await tenantsIn(log)
  const position = await views.position()
  const look = () => views.applied([TENANTS_STREAM])
  const moment = await atOneMoment(context, look, () => views.tenants(ids))
  if (moment === null) return noteUnsettled(context, { kind: 'tenant', tenant: '', id: 'all' })
  const [applied = 0] = moment.look
  const events = await eventsIn(log)
  const tenants = foldTenants(upTo(events, applied))
  for (const [i, id] of ids.entries()) {
    tally.tenants += 1
    const facts = tenants.get(id)
    const wanted: TenantRow | null = facts === undefined ? null : { id, ...facts }
    const differences = compareRows(wanted, moment.seen[i] ?? null, 'row', () => TENANTS_STREAM)
    yield* problemsOf({ kind: 'tenant', tenant: id, id }, differences)
  }
  const standing = await checkStanding(context, position, [standingOf(TENANTS_STREAM, applied, events)])
  yield* problemsOf({ kind: 'tenant', tenant: '', id: 'all' }, standing)
}

async function eventsIn(log: LogReader): Promise<readonly RecordedEvent[]> {
  const [events = []] = await log.readAll([TENANTS_STREAM])
  return events
}
