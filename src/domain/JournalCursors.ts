import { createHash } from 'node:crypto'
import type { CursorCodec } from './cursor.ts'
import { type DomainError, domainError } from './errors.ts'
import { err, ok, type Result } from './result.ts'
import type { TenantId } from './streams.ts'

const SCOPE = 'journal'

/**
 * Where a follower stands: `position` in the journal, and, before the end of a snapshot, its place in that. A position is the journal's
 * as it was when the snapshot began.
 */
export interface FollowPlace {
  readonly position: number
  readonly snapshot: SnapshotPlace | null
}

/** After this change of the snapshot's page. */
export interface SnapshotPlace {
  /** Of the page, as the log names it; null for the first. */
  readonly page: string | null
  readonly stream: string
  readonly seq: number
}

type CursorValue =
  | readonly [epoch: string, position: number]
  | readonly [epoch: string, position: number, filter: string]
  | readonly [
      epoch: string,
      position: number,
      filter: string,
      page: string | null,
      stream: string,
      seq: number,
    ]

/** A follower's places as opaque cursors (rule 7): bound to the journal's epoch, the tenant and the filter. */
export class JournalCursors {
  readonly #codec: CursorCodec
  readonly #epoch: string
  readonly #tenant: TenantId
  /** Of the filter; empty where everything passes. */
  readonly #filter: string

  /** `filterKey` as `filterKey` gives it. */
  constructor(codec: CursorCodec, epoch: string, tenant: TenantId, filterKey: string) {
    this.#codec = codec
    this.#epoch = epoch
    this.#tenant = tenant
    this.#filter =
      filterKey === '' ? '' : createHash('sha256').update(filterKey).digest('base64url').slice(0, 16)
  }

  at(position: number): string {
    return this.#encode(this.#filter === '' ? [this.#epoch, position] : [this.#epoch, position, this.#filter])
  }

  inSnapshot(position: number, { page, stream, seq }: SnapshotPlace): string {
    return this.#encode([this.#epoch, position, this.#filter, page, stream, seq])
  }

  /**
   * BAD_CURSOR where it is none of ours, of another filter, or past the journal's end; CURSOR_EXPIRED where it is of another epoch or
   * past retention. A cursor that has seen everything is good for any filter.
   */
  place(
    cursor: string,
    { oldest, end }: { readonly oldest: number; readonly end: number },
  ): Result<FollowPlace, DomainError> {
    const decoded = this.#codec.decode(this.#tenant, SCOPE, cursor)
    if (!decoded.ok) return decoded
    const [epoch, position, filter = '', page, stream, seq] = decoded.value as CursorValue
    if (epoch !== this.#epoch) {
      const what =
        'the cursor is of another epoch: the log was restored or moved since, or its journal was lost and made anew'
      return err(domainError('CURSOR_EXPIRED', `${what}: start from a fresh copy`, { why: 'epoch' }))
    }
    const isOfSnapshot = stream !== undefined && seq !== undefined
    if (filter !== this.#filter && (filter !== '' || isOfSnapshot)) {
      const what = 'the cursor is of another filter, which may have left out what this one asks for'
      return err(domainError('BAD_CURSOR', `${what}: use the filter that it came from`, { why: 'filter' }))
    }
    if (position < oldest) {
      const what = 'the cursor is older than the journal is kept to be followed from'
      return err(domainError('CURSOR_EXPIRED', `${what}: start from a fresh copy`, { why: 'retention' }))
    }
    if (position > end) {
      return err(domainError('BAD_CURSOR', 'the cursor is past the end of the journal', { why: 'ahead' }))
    }
    return ok({ position, snapshot: isOfSnapshot ? { page: page ?? null, stream, seq } : null })
  }

  #encode(value: CursorValue): string {
    return this.#codec.encode(this.#tenant, SCOPE, value)
  }
}
