import { cursorCodec } from '../../../src/domain/cursor.ts'
import { hashSecret } from '../../../src/domain/secrets.ts'
import { tokenCodec, type Vector } from '../../../src/domain/token.ts'
import type { UserStatus } from '../../../src/domain/user.ts'
import type { FeedStats } from '../../../src/feed/Feed.ts'
import type { Gateway } from '../../../src/graphql/context.ts'
import type { ApiKeyRow, UserRow } from '../../../src/ops/rows.ts'
import { ViewsUnavailable } from '../../../src/views/ViewStore.ts'

export const EPOCH = 'epoch-1'

/** What the transports ask of a gateway, in Maps: who has which key, and how far the views are. */
export class FakeDirectory {
  readonly tenants = new Set(['default', 'acme', 'globex'])
  readonly users = new Map<string, UserStatus>()
  readonly tokens = tokenCodec('secret', EPOCH)
  /** Where the views are. */
  position = 10
  /** How far they can be brought by a token. */
  reachable = 10
  /** So often somebody has waited for the views to reach something. */
  waits = 0
  lookUps = 0
  isBroken = false
  /** Out of reach, for as long as it lasts. */
  isAway = false
  readonly noticed: number[] = []
  readonly #keys = new Map<string, ApiKeyRow & { tenant: string }>()

  addKey(secret: string, key: Partial<ApiKeyRow & { tenant: string }> = {}): void {
    const row = {
      id: `key-of-${secret}`,
      userId: 'ada',
      tenant: 'acme',
      label: 'test',
      scopes: ['DIRECTORY_READ'] as const,
      createdAt: '2026-01-01T00:00:00.000Z',
      expiresAt: null,
      revokedAt: null,
      lastFour: secret.slice(-4),
      ...key,
    }
    this.#keys.set(hashSecret(secret), row)
    if (!this.users.has(row.userId)) this.users.set(row.userId, 'ACTIVE')
  }

  /** As an event would: the row changes, and the views move. */
  revoke(secret: string): void {
    const row = this.#keys.get(hashSecret(secret))
    if (row === undefined) throw new Error(`no key ${secret}`)
    this.#keys.set(hashSecret(secret), { ...row, revokedAt: '2026-02-01T00:00:00.000Z' })
    this.move()
  }

  setStatus(userId: string, status: UserStatus): void {
    this.users.set(userId, status)
    this.move()
  }

  move(): void {
    this.position += 1
    this.reachable = Math.max(this.reachable, this.position)
  }

  gateway(observer: Gateway['observer']): Gateway {
    const directory = this
    const views = {
      position: async () => this.position,
      state: async () => {
        if (this.isBroken) throw new Error('secret detail of the store')
        if (this.isAway) throw new ViewsUnavailable('secret detail of the network')
        return { version: `at ${this.position}`, covers: this.position }
      },
      apiKeyByHash: async (hash: string) => {
        this.lookUps += 1
        return this.#keys.get(hash) ?? null
      },
      users: async (_tenant: string, ids: readonly string[]) =>
        ids.map((id) => ({ id, status: this.users.get(id) }) as UserRow),
      tenants: async (ids: readonly string[]) =>
        ids.map((id) =>
          this.tenants.has(id) ? { id, name: id, createdAt: '2026-01-01T00:00:00.000Z' } : null,
        ),
      applied: async (streams: readonly string[]) => streams.map(() => 0),
    }
    const feed = {
      get position() {
        return directory.position
      },
      reach: async (vector: Vector) => {
        this.waits += 1
        if (vector.position > this.reachable) return false
        this.position = Math.max(this.position, vector.position)
        return true
      },
    }
    return {
      log: { epoch: EPOCH },
      views,
      feed,
      journal: { head: async () => this.position },
      tokens: this.tokens,
      cursors: cursorCodec('secret'),
      observer,
      viewDeadlineMs: 50,
      kept: { epoch: EPOCH },
    } as unknown as Gateway
  }
}

const STATS: FeedStats = {
  position: 7,
  logPosition: 9,
  appliedTotal: 7,
  duplicatesTotal: 1,
  catchUpsTotal: 3,
  quarantinedStreams: 2,
  lagMs: 1_500,
}

/** The feed that the metrics ask. */
export const fakeFeed = (directory: FakeDirectory) =>
  ({ stats: () => STATS, notice: (position: number) => directory.noticed.push(position) }) as never
