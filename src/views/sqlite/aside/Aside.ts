import { Worker } from 'node:worker_threads'

export interface Start {
  /** The views. */
  readonly file: string
  /** Users that are taken at a time. */
  readonly step: number
}

export type Order = 'look' | 'finish'

const SCRIPT = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/**
 * Builds what only readers need in a thread of its own (IndexBuilder.ts), while whoever loads the views writes their rows. It keeps
 * nothing that could not be made again from the views: if the thread is gone, `finish` starts another.
 */
export class Aside {
  readonly #start: Start
  #worker: Worker | null = null
  #step: PromiseWithResolvers<number> | null = null

  constructor(start: Start) {
    this.#start = start
  }

  /** There may be more users than it has seen. */
  look(): void {
    this.#send('look')
  }

  /** Takes a step to the end of the load, and says which share of all is done, 0 to 1. One at a time. */
  finish(): Promise<number> {
    this.#step = Promise.withResolvers<number>()
    this.#send('finish')
    return this.#step.promise
  }

  /** The thread is gone when it resolves. */
  async end(): Promise<void> {
    const worker = this.#worker
    this.#gone(new Error('The views are closed'))
    await worker?.terminate()
  }

  #send(order: Order): void {
    this.#worker ??= this.#begin()
    this.#worker.postMessage(order)
  }

  #begin(): Worker {
    const worker = new Worker(SCRIPT, { name: 'rollcall-aside', workerData: this.#start })
    worker.on('message', (share: number) => this.#step?.resolve(share))
    worker.on('error', (error) => {
      if (worker === this.#worker) this.#gone(error)
    })
    return worker
  }

  #gone(error: unknown): void {
    this.#worker = null
    this.#step?.reject(error)
    this.#step = null
  }
}
