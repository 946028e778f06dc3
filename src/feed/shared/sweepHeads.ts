import { setTimeout as sleep } from 'node:timers/promises'
import { type StreamName, TENANTS_STREAM, type TenantId } from '../../domain/streams.ts'
import type { LogReader } from '../../log/EventLog.ts'
import type { ViewReader } from '../../views/ViewStore.ts'
import { type Patience, persistently } from '../patience.ts'

/** The same page is read again after trouble. */
export interface SweepParts extends Patience {
  readonly log: Pick<LogReader, 'read' | 'seqs' | 'streams'>
  readonly views: Pick<ViewReader, 'applied'>
  /** Is given the streams of which the views lack something. */
  readonly want: (streams: readonly StreamName[]) => void
  /** How long what is on its way is waited for; 3 s where it is left out. */
  readonly graceMs?: number
}

/** Heads that are read at once: some 30 read units of DynamoDB. */
const PAGE = 500
/** After each page, so that a log of any size is read no faster. */
const PAUSE_MS = 1_000
const GRACE_MS = 3_000
/** From one lap's beginning to the next, at least. */
const LAP_MS = 10_000

/**
 * Compares the heads in the log with the views, tenant by tenant, again and again until it is aborted. A lost event is noticed by the
 * gap before the next one of its stream (rule 3), or by whoever passes its token; this finds it where neither comes.
 */
export async function sweepHeads(parts: SweepParts): Promise<void> {
  const { log, signal } = parts
  while (!signal.aborted) {
    const next = performance.now() + LAP_MS
    await persistently(parts, async () => {
      await compare(parts, [TENANTS_STREAM], await log.seqs([TENANTS_STREAM]))
    })
    for await (const tenant of tenantsOf(parts)) await sweepTenant(parts, tenant)
    await pause(next - performance.now(), signal)
  }
}

async function sweepTenant(parts: SweepParts, tenant: TenantId): Promise<void> {
  const { log, signal } = parts
  let after: string | null = null
  do {
    const place: string | null = after
    after = await persistently(parts, async () => {
      const { streams, seqs, next } = await log.streams(tenant, place, PAGE)
      await compare(parts, streams, seqs)
      return next
    })
    await pause(PAUSE_MS, signal)
  } while (after !== null)
}

/** What is on its way comes by itself: to read it from the log would be for nothing. */
async function compare(parts: SweepParts, streams: readonly StreamName[], seqs: readonly number[]) {
  const heads = streams.map((stream, i) => [stream, seqs[i] ?? 0] as const)
  const lacking = await behind(parts, heads)
  if (lacking.length === 0) return
  await pause(parts.graceMs ?? GRACE_MS, parts.signal)
  const stillLacking = await behind(parts, lacking)
  if (stillLacking.length > 0) parts.want(stillLacking.map(([stream]) => stream))
}

type Heads = readonly (readonly [StreamName, seq: number])[]

/** Those of which the views lack something. */
async function behind({ views }: SweepParts, heads: Heads): Promise<Heads> {
  const applied = heads.length === 0 ? [] : await views.applied(heads.map(([stream]) => stream))
  return heads.filter(([, seq], i) => (applied[i] ?? 0) < seq)
}

async function* tenantsOf(parts: SweepParts): AsyncGenerator<TenantId> {
  for (let after = 0; ; ) {
    const events = (await persistently(parts, () => parts.log.read(TENANTS_STREAM, after, PAGE))) ?? []
    const tenants = events.flatMap(({ event }) => (event.type === 'SetTenant' ? event.tenantId : []))
    yield* new Set(tenants)
    if (events.length < PAGE) return
    after += PAGE
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.max(ms, 0), undefined, { signal }).catch(() => undefined)
}
