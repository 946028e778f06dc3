import type { DomainError } from '../domain/errors.ts'
import { andThen, type Soon } from '../domain/soon.ts'
import type { TenantId } from '../domain/streams.ts'
import type { Json } from '../domain/user.ts'
import type { CommandLog, IdempotencyRecord } from '../log/EventLog.ts'
import { commit, recall } from '../ops/command.ts'
import { type Program, perform } from '../ops/program.ts'

/** Leaves under the line's key that it was bad, and why. It writes nothing else. */
export function* recordBad({ code, message }: DomainError): Program<void> {
  yield* perform(recall('badLine', ''))
  yield* perform(commit({ appends: [], result: { bad: { code, message } } }))
}

/**
 * What became of a line the last time: done, or the error that it met; null where it was never tried. `key` is the one for a
 * next try: a try that failed keeps its own for ever.
 */
export function lastTry(
  log: CommandLog,
  line: { readonly tenant: TenantId; readonly key: string },
  tries = 1,
  met: DomainError | null = null,
): Soon<{ key: string; before: DomainError | 'done' | null }> {
  const key = tries === 1 ? line.key : `${line.key}:try${tries}`
  return andThen(log.recall(line.tenant, key), (record) => {
    if (record === null) return { key, before: met }
    const error = errorIn(record)
    return error === null ? { key, before: 'done' } : lastTry(log, line, tries + 1, error)
  })
}

function errorIn(record: IdempotencyRecord): DomainError | null {
  const { result } = record.result as { result: Json }
  const isBad = typeof result === 'object' && result !== null && 'bad' in result
  return isBad ? (result.bad as unknown as DomainError) : null
}
