import { setTimeout as delay } from 'node:timers/promises'
import { type ChangeFilter, passes } from '../../domain/changeFilter.ts'
import type { ClaimKind } from '../../domain/claims.ts'
import type { RecordedEvent } from '../../domain/events.ts'
import { groupStream, TENANTS_STREAM, type TenantId, userStream } from '../../domain/streams.ts'
import { fold, tidy } from '../../domain/text.ts'
import type { JournalReader } from '../../views/ViewStore.ts'
import { CommandFailure } from '../command.ts'
import type { Config } from '../config.ts'
import { EXIT, type ExitCode } from '../exitCodes.ts'
import type { Terminal } from '../terminal.ts'
import { jsonLine, TextLines } from './auditLines.ts'
import { type AuditSource, openAuditSource } from './auditSource.ts'
import { newestChanges } from './newestChanges.ts'

export interface AuditRequest extends Pick<ChangeFilter, 'events' | 'actors' | 'causes' | 'since' | 'until'> {
  readonly tenant: TenantId
  /** Ids or present names. */
  readonly users: readonly string[] | null
  readonly groups: readonly string[] | null
  readonly limit: number
  readonly follow: boolean
  readonly json: boolean
}

/** Prints changes, the oldest first: from the log itself, where that has an order. */
export async function audit(config: Config, request: AuditRequest, terminal: Terminal): Promise<ExitCode> {
  const source = await openAuditSource(config)
  const { log, journal } = source
  try {
    const { tenant, limit, follow, json } = request
    const filter = await filterOf(log, request)
    const lines = new TextLines(journal, tenant, terminal.colors)
    const print = async (changes: readonly RecordedEvent[]) => {
      for (const line of json ? changes.map(jsonLine) : await lines.of(changes)) terminal.print(line)
    }
    const position = await journal.position()
    const { changes, more } = await newestChanges(journal, { tenant, filter, limit, position })
    await print(changes)
    if (more) terminal.note(`only the newest ${limit}: --limit shows more`)
    else if (changes.length === 0 && !follow) terminal.note('no such change')
    if (follow) await followFrom(journal, { tenant, filter, position }, print)
    return EXIT.ok
  } finally {
    await source.close()
  }
}

const POLL_MS = 200
const PAGE = 500

/** Until the process is told to end. */
async function followFrom(
  journal: JournalReader,
  { tenant, filter, position }: { tenant: TenantId; filter: ChangeFilter; position: number },
  print: (changes: readonly RecordedEvent[]) => Promise<void>,
): Promise<void> {
  const stop = new AbortController()
  const abort = () => stop.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, abort)
  let after = position
  while (!stop.signal.aborted) {
    const page = await journal.scanTenant(tenant, after, PAGE)
    await print(page.filter((change) => passes(filter, change)))
    after = page.at(-1)?.position ?? after
    if (page.length < PAGE) await delay(POLL_MS, undefined, { signal: stop.signal }).catch(() => {})
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, abort)
}

async function filterOf(log: AuditSource['log'], request: AuditRequest): Promise<ChangeFilter> {
  const { tenant, users, groups, events, actors, causes, since, until } = request
  const known = await log.read(TENANTS_STREAM, 0, Number.MAX_SAFE_INTEGER)
  if (!known.some(({ event }) => event.type === 'SetTenant' && event.tenantId === tenant)) {
    throw new CommandFailure(`--tenant: there is no tenant ${JSON.stringify(tenant)}`, EXIT.usage)
  }
  const userIds = users && (await Promise.all(users.map((name) => idOf(log, tenant, 'user', name))))
  const groupIds = groups && (await Promise.all(groups.map((name) => idOf(log, tenant, 'group', name))))
  return { userIds, groupIds, events, actors, causes, since, until }
}

/** The id that was given, or that of whoever has the name now. */
async function idOf(
  log: AuditSource['log'],
  tenant: TenantId,
  what: 'user' | 'group',
  name: string,
): Promise<string> {
  const stream = what === 'user' ? userStream(tenant, name) : groupStream(tenant, name)
  const [seq = 0] = await log.seqs([stream])
  if (seq > 0) return name
  const kind: ClaimKind = what === 'user' ? 'username' : 'groupName'
  const owner = await log.claimOwner(tenant, kind, fold(tidy(name)))
  if (owner !== null) return owner
  const hint = `it takes an id, or the present name; one that was deleted is found by its id alone`
  throw new CommandFailure(`--${what}: there is no ${what} ${JSON.stringify(name)}: ${hint}`, EXIT.usage)
}
