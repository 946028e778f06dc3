import { type DomainError, DomainFailure, domainError } from '../../src/domain/errors.ts'
import type { Event, EventMeta } from '../../src/domain/events.ts'
import { err, type Result } from '../../src/domain/result.ts'
import type { Scope } from '../../src/domain/scopes.ts'
import type { TenantId } from '../../src/domain/streams.ts'
import type { Vector } from '../../src/domain/token.ts'
import type { Viewer } from '../../src/domain/viewer.ts'
import { type AppOp, type Interpreter, LOST_RACE, type Program, runPure } from '../../src/ops/program.ts'
import type { AtLeast } from '../../src/ops/query.ts'
import { PureLog } from './pureLog.ts'
import { PureViews } from './pureViews.ts'

/** For whom a program runs. */
export interface PureRequest {
  readonly tenant?: TenantId
  readonly idempotencyKey?: string | null
}

/**
 * A whole rollcall in plain data: a list of events, a few Maps, no promise, no store, ids and a clock that count. It is the
 * executable specification of what ops mean, and what the services' tests run on.
 */
export class PureWorld {
  readonly log = new PureLog()
  /** How many times a program was run again after a lost race. */
  retries = 0
  #ticks = 0
  #ids = 0
  #secrets = 0
  #seen: number | null = null
  #rival: (() => void) | null = null

  /** Runs a program, again as long as it loses its races, as the command handler does. */
  run<A>(program: () => Program<A>, request: PureRequest = {}): Result<A, DomainError> {
    for (let attempt = 1; ; attempt++) {
      const result = this.attempt(program, request)
      if (result.ok || result.error !== LOST_RACE || attempt === MAX_ATTEMPTS) return result
      this.retries += 1
    }
  }

  /** Runs a program once. What an interpreter ends a program with is its result too. */
  attempt<A>(program: () => Program<A>, request: PureRequest = {}): Result<A, DomainError> {
    try {
      return runPure(program(), this.#interpreter(request.tenant ?? 'acme', request.idempotencyKey ?? null))
    } catch (failure) {
      if (failure instanceof DomainFailure) return err(failure.error)
      throw failure
    }
  }

  /** From now on the views see nothing new, until they are released. */
  holdViews(): void {
    this.#seen = this.log.events.length
  }

  releaseViews(): void {
    this.#seen = null
  }

  /** Another writer comes between the next commit and what it was decided on. */
  beforeNextCommit(rival: () => void): void {
    this.#rival = rival
  }

  get #visible() {
    return this.log.events.slice(0, this.#seen ?? this.log.events.length)
  }

  #interpreter(tenant: TenantId, idempotencyKey: string | null): Interpreter {
    let fingerprint = ''
    const views = () => new PureViews(tenant, this.#visible)
    return (op: Exclude<AppOp, { op: 'fail' }>) => {
      switch (op.op) {
        case 'readHead':
          return this.log.head(op.stream)
        case 'readStream':
          return this.log.read(op.stream)
        case 'readSeqs':
          return op.streams.map((stream) => this.log.seq(stream))
        case 'findClaim':
          return this.log.claimOwner(op.tenant, op.kind, op.value)
        case 'recall': {
          fingerprint = `${op.command} ${op.input}`
          const record = idempotencyKey === null ? null : this.log.recall(tenant, idempotencyKey)
          if (record !== null && record.fingerprint !== fingerprint) throw new DomainFailure(MISMATCH)
          return record?.recalled ?? null
        }
        case 'commit': {
          const rival = this.#rival
          this.#rival = null
          rival?.()
          const record = idempotencyKey === null ? null : { key: idempotencyKey, fingerprint }
          return this.log.commit(tenant, op.changes, this.#meta(idempotencyKey), record)
        }
        case 'newId':
          return `id-${++this.#ids}`
        case 'newSecret':
          return `rollcall_secret-${++this.#secrets}`
        case 'now':
          return this.#now()
        case 'atLeast':
          return this.#atLeast(op)
        case 'getPosition':
          return this.#visible.length
        case 'readStreams':
          return this.log.readAll(op.streams)
        case 'readRanges':
          return this.log.readRanges(op.ranges)
        case 'findMembershipEvents':
          return this.log.membershipEvents(tenant, op.userId)
        case 'findChildrenEver':
          return op.groupIds.map((groupId) => this.log.childrenEver(tenant, groupId))
        case 'getJournalEnd':
          return this.log.events.length
        default:
          return views().answer(op)
      }
    }
  }

  #atLeast({ vector, committed }: AtLeast): null {
    const visible = this.#visible
    const seq = (stream: string) => visible.filter((event) => event.stream === stream).length
    const has: Vector = {
      streams: new Map([...vector.streams.keys()].map((stream) => [stream, seq(stream)])),
      position: visible.length,
    }
    const behind = [...vector.streams].some(([stream, wanted]) => (has.streams.get(stream) ?? 0) < wanted)
    if (!behind && has.position >= vector.position) return null
    const details = { wanted: vector, has, committed }
    throw new DomainFailure(domainError('VIEW_BEHIND', 'The views are held back', details))
  }

  #meta(idempotencyKey: string | null): EventMeta {
    this.#ticks += 1
    return {
      actor: { kind: 'system', id: null, label: null },
      at: this.#now(),
      cause: null,
      idempotencyKey,
      ip: null,
    }
  }

  /** A second for each commit. */
  #now(): string {
    return new Date(Date.UTC(2026, 0, 1) + this.#ticks * 1_000).toISOString()
  }
}

const MAX_ATTEMPTS = 24
const MISMATCH = domainError('IDEMPOTENCY_MISMATCH', 'Idempotency-Key: was used before for another command')

/** Someone who asks, with these scopes. */
export const viewer = (...scopes: readonly Scope[]): Viewer => ({
  tenant: 'acme',
  actor: { kind: 'key', id: 'k', label: 'test' },
  scopes,
  operator: false,
  userId: null,
  keyId: 'k',
})

export const operator: Viewer = {
  tenant: 'acme',
  actor: { kind: 'operator', id: null, label: null },
  scopes: [],
  operator: true,
  userId: null,
  keyId: null,
}

/** The events of a world since some moment, without when and by whom. */
export const eventsSince = (world: PureWorld, position: number): readonly unknown[] =>
  world.log.events.slice(position).map(({ event }) => event satisfies Event | { type: 'Unknown' })
