import { setTimeout as delay } from 'node:timers/promises'
import { EXIT } from '../../../src/cli/exitCodes.ts'
import { type ServerProcess, StartFailure, serveProcess } from '../../support/process.ts'
import type { ChaosNode } from './Cluster.ts'
import { CutProxy } from './CutProxy.ts'
import { Turns } from './Turns.ts'

const AGAIN_MS = 100

export interface ServeNodeParts {
  readonly name: string
  readonly environment: Readonly<Record<string, string>>
  /** Is told when it ends by itself. */
  readonly onAmiss: (what: string) => void
}

/** A process of `rollcall serve`. */
export class ServeNode implements ChaosNode {
  readonly name: string
  readonly #proxy: CutProxy
  readonly #environment: Readonly<Record<string, string>>
  readonly #onAmiss: (what: string) => void
  #server: ServerProcess | null = null
  readonly #turns = new Turns()

  private constructor({ name, environment, onAmiss }: ServeNodeParts, proxy: CutProxy) {
    this.name = name
    this.#proxy = proxy
    this.#environment = environment
    this.#onAmiss = onAmiss
  }

  static async start(parts: ServeNodeParts): Promise<ServeNode> {
    const node = new ServeNode(parts, await CutProxy.open())
    await node.#up()
    return node
  }

  get url(): string {
    return this.#proxy.url
  }

  cut(): void {
    this.#proxy.cut()
  }

  /** `meanwhile` is done while it is down. */
  kill(meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    return this.#turns.take(async () => {
      await this.#down('SIGKILL')
      await meanwhile()
      await this.#up()
    })
  }

  restart(): Promise<void> {
    return this.#turns.take(async () => {
      await this.#down('SIGTERM')
      await this.#up()
    })
  }

  freeze(ms: number): Promise<void> {
    return this.#turns.take(async () => {
      this.#server?.child.kill('SIGSTOP')
      await delay(ms)
      this.#server?.child.kill('SIGCONT')
    })
  }

  close(): Promise<void> {
    return this.#turns.take(async () => {
      await this.#down('SIGKILL')
      await this.#proxy.close()
    })
  }

  /** It is started until it comes up, as a supervisor would: what it needs may be away just now. */
  async #up(): Promise<void> {
    for (;;) {
      try {
        const server = await serveProcess(this.#environment)
        this.#server = server
        this.#proxy.target = server.url
        server.child.once('close', (code) => {
          if (this.#server === server) this.#onAmiss(`${this.name} ended with ${code}`)
        })
        return
      } catch (error) {
        if (!(error instanceof StartFailure && error.code === EXIT.unavailable)) throw error
        await delay(AGAIN_MS)
      }
    }
  }

  async #down(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const server = this.#server
    this.#server = null
    await server?.kill(signal)
    this.#proxy.target = null
  }
}
