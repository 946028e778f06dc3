import { Worker } from 'node:worker_threads'
import { ViewsUnavailable } from '../../views/ViewStore.ts'
import type { Brakes, FromWorker, Report, ToWorker, WorkerFiles } from './messages.ts'

const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/** Between a worker's death and the next one: doubled each time, until one has reported. */
const FIRST_BACKOFF_MS = 50
const MAX_BACKOFF_MS = 5_000

export interface SupervisorEvents {
  onReport(report: Report): void
  /** A worker has come after another one died: whoever waited for the old one asks again. */
  onRestarted(): void
  /** The worker died; another one is started. */
  onDeath(error: Error): void
}

/** Keeps one worker alive: starts it, tells it what it is told, starts another when it dies. */
export class Supervisor {
  readonly #files: Omit<WorkerFiles, 'mayRebuild' | 'brakes'>
  readonly #events: SupervisorEvents
  readonly #braking = new Map<number, () => void>()
  #brakes: Brakes = { paused: false, held: false }
  #lastBrakeId = 0
  #worker: Worker | null = null
  #exited: Promise<void> = Promise.resolve()
  #backoffMs = FIRST_BACKOFF_MS
  #restart: NodeJS.Timeout | undefined
  #closed = false

  constructor(files: Omit<WorkerFiles, 'mayRebuild' | 'brakes'>, events: SupervisorEvents) {
    this.#files = files
    this.#events = events
  }

  /** Resolves when the first worker has opened its files, with why the view file had to be built anew. Rejects if it cannot. */
  start(): Promise<string | null> {
    return new Promise((resolve, reject) => this.#spawn(true, resolve, reject))
  }

  /** Nobody is told while no worker lives: the next one looks by itself. */
  tell(message: ToWorker): void {
    this.#worker?.postMessage(message)
  }

  /** Resolves once the worker, or the one after it, does only what the brakes allow. */
  brake(change: Partial<Brakes>): Promise<void> {
    this.#brakes = { ...this.#brakes, ...change }
    const id = ++this.#lastBrakeId
    return new Promise((resolve) => {
      this.#braking.set(id, resolve)
      this.tell({ kind: 'brake', id, brakes: this.#brakes })
    })
  }

  /** Ends the worker as a crash would, wherever it is. */
  async kill(): Promise<void> {
    await this.#worker?.terminate()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#restart)
    this.tell({ kind: 'close' })
    await this.#exited
    for (const id of this.#braking.keys()) this.#inEffect(id)
  }

  #spawn(
    mayRebuild: boolean,
    onReady: (rebuilt: string | null) => void,
    onFailed: (error: Error) => void,
  ): void {
    const workerData: WorkerFiles = { ...this.#files, mayRebuild, brakes: this.#brakes }
    const worker = new Worker(ENTRY, { name: 'rollcall-feed', workerData })
    let isReady = false
    let failure: unknown
    this.#worker = worker
    worker.on('message', (message: FromWorker) => {
      switch (message.kind) {
        case 'ready':
          isReady = true
          return onReady(message.rebuilt)
        case 'report':
          if (message.report.level) this.#backoffMs = FIRST_BACKOFF_MS
          return this.#events.onReport(message.report)
        case 'braked':
          return this.#inEffect(message.id)
      }
    })
    worker.on('error', (error) => {
      failure = error
    })
    this.#exited = new Promise((resolve) => {
      worker.on('exit', (code) => {
        this.#worker = null
        const error = failure instanceof Error ? asThrown(failure) : new Error(`it ended with code ${code}`)
        if (isReady) this.#onDeath(error)
        else onFailed(error)
        resolve()
      })
    })
  }

  #onDeath(error: Error): void {
    if (this.#closed) return
    this.#events.onDeath(error)
    this.#restart = setTimeout(() => {
      // It is started with the latest brakes, or is told of later ones, so none is waited for any more.
      const onReady = () => {
        for (const id of this.#braking.keys()) this.#inEffect(id)
        this.#events.onRestarted()
      }
      this.#spawn(false, onReady, (failure) => this.#onDeath(failure))
    }, this.#backoffMs)
    this.#backoffMs = Math.min(this.#backoffMs * 2, MAX_BACKOFF_MS)
  }

  #inEffect(brake: number): void {
    this.#braking.get(brake)?.()
    this.#braking.delete(brake)
  }
}

/** An error loses its class on its way from another thread. */
const asThrown = (error: Error): Error =>
  error.name === 'ViewsUnavailable' ? new ViewsUnavailable(error.message, { cause: error }) : error
