import { randomUUID } from 'node:crypto'
import type { Claim } from '../../domain/claims.ts'
import type { StreamName } from '../../domain/streams.ts'
import type { EncodedCommit } from '../encodeCommit.ts'
import { type Condition, expressionOf, IS_NEW, isAt, isFreeFor, isHeldByNoneOf, NEVER } from './conditions.ts'
import { attributes, type CancellationReason, type Item, keyOf, type TransactWriteItem } from './database.ts'
import { isFailed } from './failures.ts'
import { claimKey, headKey, type Key } from './layout.ts'
import { claimItem, grow, headItem, NO_EVENTS, readHead, requestItem, type StreamHead } from './rows.ts'

/** What it means that an item's condition does not hold. */
type Meaning =
  | { readonly kind: 'lost race'; readonly stream: StreamName | null }
  | { readonly kind: 'taken'; readonly claim: Claim }
  /** Another holds what was to be released. */
  | { readonly kind: 'not held'; readonly name: string }

export type Verdict = 'committed' | 'conflict' | { readonly taken: Claim }

/** A stream in the transaction: appends to it stand one after the other. */
interface StreamPart {
  readonly expected: number
  readonly before: StreamHead
  head: StreamHead
}

/** The conditions and writes on one name: releases come first. */
interface NamePart {
  readonly key: Key
  readonly releasedBy: Set<string>
  claim: Claim | null
  /** Two owners claim it. */
  isContested: boolean
}

/** Commits as one TransactWriteItems, in which each item stands once. `id` is its token, and stands in what it writes. */
export class Transaction {
  readonly id = randomUUID()
  readonly items: TransactWriteItem[] = []
  readonly #meanings: Meaning[] = []
  readonly #table: string
  readonly #streams = new Map<StreamName, StreamPart>()
  /** Something that only this transaction writes, and nothing ever overwrites. */
  #mark: Key | null = null

  /**
   * `heads` has that of each stream that is appended to and has events, as the first commit that names it read it; the later ones
   * expect what the earlier ones leave. `notHeld`: names, as a verdict told them, that are not released but have to be another's.
   */
  constructor(
    table: string,
    commits: readonly EncodedCommit[],
    heads: ReadonlyMap<StreamName, StreamHead>,
    notHeld: ReadonlySet<string> = new Set(),
  ) {
    this.#table = table
    for (const commit of commits) this.#addStreams(commit, heads)
    for (const [stream, part] of this.#streams) this.#writeHead(stream, part)
    for (const commit of commits) {
      this.#addNames(commit, notHeld)
      this.#addRecords(commit)
    }
  }

  /** The heads as they are once it is durable. */
  get heads(): readonly (readonly [StreamName, StreamHead])[] {
    const grown = [...this.#streams].filter(([, { before, head }]) => head !== before)
    return grown.map(([stream, { head }]) => [stream, head])
  }

  /** The key of an item that stands in the table, with this id for its `commit`, iff it has happened. Null if it leaves none. */
  get mark(): Key | null {
    return this.#mark
  }

  /** Heads that a cancellation has shown. */
  seen(reasons: readonly CancellationReason[]): readonly (readonly [StreamName, StreamHead])[] {
    return reasons.flatMap(({ Item }, index) => {
      const meaning = this.#meanings[index]
      if (Item === undefined || meaning?.kind !== 'lost race' || meaning.stream === null) return []
      return [[meaning.stream, readHead(Item)] as const]
    })
  }

  /**
   * Of a commit that was alone in it. A lost race is told before a name that is taken, so a name says something only where nothing
   * else was in the way. Null: nothing was decided.
   */
  verdict(reasons: readonly CancellationReason[]): Verdict | { readonly notHeld: readonly string[] } | null {
    const failed = this.#meanings.filter((_, index) => isFailed(reasons[index]))
    if (failed.some(({ kind }) => kind === 'lost race')) return 'conflict'
    if (reasons.some(({ Code = 'None' }) => Code !== 'None' && Code !== 'ConditionalCheckFailed')) return null
    const taken = failed.find((meaning) => meaning.kind === 'taken')
    if (taken !== undefined) return { taken: taken.claim }
    const notHeld = failed.flatMap((meaning) => (meaning.kind === 'not held' ? [meaning.name] : []))
    return notHeld.length > 0 ? { notHeld } : null
  }

  #addStreams({ appends, checks, meta }: EncodedCommit, heads: ReadonlyMap<StreamName, StreamHead>): void {
    for (const { stream, expected } of [...appends, ...checks]) {
      if (this.#streams.has(stream)) continue
      const before = heads.get(stream) ?? NO_EVENTS
      this.#streams.set(stream, { expected, before, head: before })
    }
    for (const append of appends) {
      const part = this.#streams.get(append.stream)
      if (part === undefined || append.events.length === 0) continue
      const grown = grow(part.head, append, meta, this.id)
      for (const item of grown.events) this.#put(item, IS_NEW, lostRace(null))
      part.head = grown.head
      this.#mark ??= keyOf(grown.events[0] ?? {})
    }
  }

  #writeHead(stream: StreamName, { expected, before, head }: StreamPart): void {
    if (head === before) this.#check(headKey(stream), isAt(expected), lostRace(stream))
    else this.#put(headItem(stream, head, this.id), isAt(expected), lostRace(stream))
  }

  #addNames({ claims, releases }: EncodedCommit, notHeld: ReadonlySet<string>): void {
    const parts = new Map<string, NamePart>()
    const partOf = (claim: Claim): NamePart => {
      const key = claimKey(claim)
      const part = parts.get(key.pk) ?? { key, releasedBy: new Set(), claim: null, isContested: false }
      parts.set(key.pk, part)
      return part
    }
    for (const release of releases) partOf(release).releasedBy.add(release.owner)
    for (const claim of claims) {
      const part = partOf(claim)
      if (part.isContested) continue
      part.isContested = part.claim !== null && part.claim.owner !== claim.owner
      part.claim = claim
    }
    for (const [name, part] of parts) {
      if (part.claim !== null) this.#claim(part, part.claim)
      else this.#release(part, name, notHeld.has(name))
    }
  }

  #claim({ releasedBy, isContested }: NamePart, claim: Claim): void {
    const condition = isContested ? NEVER : isFreeFor([claim.owner, ...releasedBy])
    this.#put(claimItem(claim, this.id), condition, { kind: 'taken', claim })
  }

  /** A delete that spares another's claim would fail for it, so whether it is held has to be found out first. */
  #release({ key, releasedBy }: NamePart, name: string, isNotHeld: boolean): void {
    const owners = [...releasedBy]
    if (isNotHeld) this.#check(key, isHeldByNoneOf(owners), lostRace(null))
    else {
      const meaning: Meaning = { kind: 'not held', name }
      const condition = this.#condition(isFreeFor(owners), meaning)
      this.#add({ Delete: { Key: attributes(key), ...condition } }, meaning)
    }
  }

  #addRecords({ tenant, idempotency }: EncodedCommit): void {
    for (const record of idempotency) {
      const item = requestItem({ tenant, ...record }, this.id)
      this.#put(item, IS_NEW, lostRace(null))
      this.#mark ??= keyOf(item)
    }
  }

  #put(item: Item, condition: Condition, meaning: Meaning): void {
    this.#add({ Put: { Item: item, ...this.#condition(condition, meaning) } }, meaning)
  }

  #check(key: Key, condition: Condition, meaning: Meaning): void {
    this.#add({ ConditionCheck: { Key: attributes(key), ...this.#condition(condition, meaning) } }, meaning)
  }

  #add(item: TransactWriteItem, meaning: Meaning): void {
    this.items.push(item)
    this.#meanings.push(meaning)
  }

  /** Heads are shown where they are not as expected. */
  #condition(condition: Condition, meaning: Meaning) {
    const isHead = meaning.kind === 'lost race' && meaning.stream !== null
    return {
      TableName: this.#table,
      ...expressionOf(condition),
      ReturnValuesOnConditionCheckFailure: isHead ? ('ALL_OLD' as const) : ('NONE' as const),
    }
  }
}

const lostRace = (stream: StreamName | null): Meaning => ({ kind: 'lost race', stream })
