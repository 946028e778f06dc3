import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  CreateGroupDocument,
  CreateUserDocument,
  createClient,
  DeleteGroupDocument,
  DeleteUserDocument,
  type Following,
  type FollowOptions,
  type FollowStatus,
  follow,
  SetMembershipDocument,
  UpdateUserDocument,
} from '../../src/client/index.ts'
import { Client } from '../support/client.ts'
import { directoryOf } from '../support/DirectoryCopy.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { TcpProxy } from '../support/TcpProxy.ts'

/** A server in a folder of its own, and those who follow it by way of a proxy. */
export class FollowWorld {
  readonly folder: string
  readonly proxy: TcpProxy
  readonly statuses: FollowStatus[] = []
  readonly #followings: Following[] = []
  #server: TestServer

  static async open(): Promise<FollowWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-follow-'))
    const server = await startServer({ data: join(folder, 'data') })
    return new FollowWorld(folder, server, await TcpProxy.start(server.url))
  }

  private constructor(folder: string, server: TestServer, proxy: TcpProxy) {
    this.folder = folder
    this.proxy = proxy
    this.#server = server
  }

  get server(): TestServer {
    return this.#server
  }

  get writer() {
    return createClient({ url: this.server.url, key: this.server.operatorKey })
  }

  /** Through the proxy, with little patience. */
  start(options: FollowOptions = {}, key = this.server.operatorKey): Following {
    const following = follow(createClient({ url: this.proxy.url, key }), {
      retry: { minMs: 0, maxMs: 20 },
      onStatus: (status) => this.statuses.push(status),
      ...options,
    })
    following.done.catch(() => {})
    this.#followings.push(following)
    return following
  }

  readonly kinds = () => this.statuses.map(({ kind }) => kind)

  /** Resolves once they were live so often. */
  async live(times: number): Promise<void> {
    await expect.poll(() => this.kinds().filter((kind) => kind === 'live').length).toBe(times)
  }

  /** How many the server has. */
  readonly subscriptions = async () => {
    const metrics = await (await fetch(`${this.server.url}/metrics`)).text()
    return Number(/^rollcall_subscriptions (\d+)$/m.exec(metrics)?.[1])
  }

  async create(username: string): Promise<string> {
    return (await this.writer.request(CreateUserDocument, { input: { username } })).createUser.user.id
  }

  rename(id: string, name: string) {
    return this.writer.request(UpdateUserDocument, { id, patch: { name } })
  }

  /** With something of everything. */
  async fill(users = 30): Promise<string[]> {
    const client = this.writer
    const groups = await Promise.all(
      ['top', 'left', 'right'].map(
        async (name) => (await client.request(CreateGroupDocument, { input: { name } })).createGroup.group.id,
      ),
    )
    const ids = await Promise.all(Array.from({ length: users }, (_, i) => this.create(`user-${i}`)))
    await Promise.all(
      ids.map((userId, i) =>
        client.request(SetMembershipDocument, { userId, groupId: groups[i % 3] as string }),
      ),
    )
    await client.request(DeleteUserDocument, { id: ids[0] as string })
    await client.request(DeleteGroupDocument, { id: groups[2] as string })
    return ids
  }

  directory() {
    return directoryOf(new Client(this.server.url, this.server.operatorKey))
  }

  /** The same directory again, once `server` was closed. */
  async serveAgain(): Promise<void> {
    this.#server = await startServer({ data: join(this.folder, 'data') })
    this.proxy.leadTo(this.#server.url)
  }

  async close(): Promise<void> {
    await Promise.all(this.#followings.map((following) => following.stop().catch(() => {})))
    await this.proxy.close()
    await this.#server.close()
    await rm(this.folder, { recursive: true, force: true })
  }
}
