import { hash, randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { DomainFailure, domainError } from '../domain/errors.ts'
import type { Actor } from '../domain/events.ts'
import { andThen, type Soon } from '../domain/soon.ts'
import type { TenantId } from '../domain/streams.ts'
import type { Json } from '../domain/user.ts'
import type { CommandLog, IdempotencyRecord } from '../log/EventLog.ts'
import type { Changes, CommandOp, CommitResult, Recalled, Written } from '../ops/command.ts'

/** For whom commands are carried out: it stands in every event (rule 12). */
export interface CommandRequest {
  readonly tenant: TenantId
  readonly actor: Actor
  /** The request's id, or the change's id in an import. */
  readonly cause: string | null
  readonly idempotencyKey: string | null
  readonly ip: string | null
  /** The time of the events, ISO 8601 UTC with milliseconds; null: now. */
  readonly at: string | null
}

/** Is told what happened, for metrics and for whoever waits for the views. */
export interface CommandObserver {
  /** A commit is durable; `position` is 0 on logs without a total order. */
  committed(position: number, events: number): void
  /** The commit lost the race for a stream. */
  conflict(): void
}

export type CommandInterpreter = (op: CommandOp) => Soon<unknown>

/**
 * command.Op ~> log. One interpreter serves one command: it remembers the fingerprint between `recall` and `commit`, so that
 * both speak of the same idempotency record.
 */
export function commandInterpreter(
  log: CommandLog,
  request: CommandRequest,
  observer: CommandObserver,
): CommandInterpreter {
  let fingerprint: string | null = null

  function recall(command: string, input: string): Soon<Recalled | null> {
    const { tenant, idempotencyKey: key } = request
    if (key === null) return null
    fingerprint = hash('sha256', `${command}\0${input}`, 'base64url')
    return andThen(log.recall(tenant, key), (record) => {
      if (record === null) return null
      if (record.fingerprint !== fingerprint) throw new DomainFailure(mismatch(key))
      return record.result as unknown as Recalled
    })
  }

  function commit(changes: Changes): Soon<CommitResult> {
    const written: Written = changes.appends.map(({ stream, expected, events }) => [
      stream,
      expected + events.length,
    ])
    const appends = changes.appends.filter(({ events }) => events.length > 0)
    const idempotency = record(changes.result, written)
    const isEmpty = appends.length === 0 && idempotency.length === 0
    const { checks = [], claims = [], releases = [] } = isEmpty ? {} : changes
    const { tenant, actor, cause, idempotencyKey, ip } = request
    const meta = { actor, at: request.at ?? new Date().toISOString(), cause, idempotencyKey, ip }
    const outcome = log.commit({ tenant, meta, appends, checks, claims, releases, idempotency })
    return andThen(outcome, (result) => {
      if (result.kind === 'conflict') observer.conflict()
      if (result.kind !== 'committed') return result
      if (isEmpty) return { kind: 'committed', written }
      observer.committed(
        result.position,
        appends.reduce((sum, { events }) => sum + events.length, 0),
      )
      return { kind: 'committed', written }
    })
  }

  function record(result: Json, written: Written): readonly IdempotencyRecord[] {
    if (request.idempotencyKey === null || fingerprint === null) return []
    return [{ key: request.idempotencyKey, fingerprint, result: { result, written } as unknown as Json }]
  }

  return (op) => {
    switch (op.op) {
      case 'readHead':
        return log.head(op.stream)
      case 'readStream':
        return log.read(op.stream, 0, MAX_READ)
      case 'readSeqs':
        return log.seqs(op.streams)
      case 'findClaim':
        return log.claimOwner(op.tenant, op.kind, op.value)
      case 'recall':
        return recall(op.command, op.input)
      case 'commit':
        return commit(op.changes)
      case 'newId':
        return newId()
      case 'newSecret':
        return newSecret()
      case 'now':
        return request.at ?? new Date().toISOString()
    }
  }
}

/** Ids are UUIDs of version 7: they sort by the time they were made. */
export const newId = (): string => uuidv7()

/** 256 random bits. The prefix lets secret scanners find leaked keys. */
export const newSecret = (): string => `rollcall_${randomBytes(32).toString('base64url')}`

/** Streams that are read whole are short by rule (MAX_KEYS_PER_USER twice over). */
const MAX_READ = 1_000

const mismatch = (key: string) =>
  domainError(
    'IDEMPOTENCY_MISMATCH',
    `Idempotency-Key: ${JSON.stringify(key)} was used before for another command; use a new key for each command`,
    { key },
  )
