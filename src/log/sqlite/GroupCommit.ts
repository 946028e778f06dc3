import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { CommitUnknown, type LogCommit, LogGone, LogUnavailable, notWritten } from '../EventLog.ts'
import { NotMade, type Submitted, submitted } from '../Submitted.ts'
import { type Answer, type Batch, CLOSE, MAX_BATCH_BYTES, MAX_BATCH_COMMITS, type Verdict } from './batch.ts'

interface Waiting extends Submitted {
  readonly resolve: (verdict: Verdict) => void
  readonly reject: (error: Error) => void
}

/**
 * Concurrent commits share one wait for the disk: while the worker makes a batch durable, further commits gather here and make
 * up the next one. An idle writer is sent to at once, at the end of the event loop's turn, so that commits of one turn go together. It keeps no process alive while it is idle.
 */
export class GroupCommit {
  readonly #worker: Worker
  #queue: Waiting[] = []
  #underWay: readonly Waiting[] = []
  readonly #notMade = new NotMade()
  #turn: NodeJS.Immediate | undefined
  /** Why no further commit is taken on. */
  #refusal: LogUnavailable | undefined
  #workerIsGone = false
  #onIdle: () => void = () => {}

  /** Resolves once the worker, just made, has said that it is ready. */
  static async start(worker: Worker): Promise<GroupCommit> {
    try {
      await once(worker, 'message')
    } catch (error) {
      throw new LogUnavailable("The log's writer did not start", { cause: error })
    }
    return new GroupCommit(worker)
  }

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (answer: Answer) => this.#settle(answer))
    worker.on('error', (error) => this.#fail(error))
    worker.on('exit', (code) => this.#fail(new Error(`it ended with code ${code}`)))
    worker.unref()
  }

  /** Resolves when the commit is durable or has lost; rejects with `LogUnavailable`, or `CommitUnknown`. Throws as `encodeCommit`. */
  write(source: LogCommit): Promise<Verdict> {
    const { commit } = submitted(source)
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal)
    return new Promise((resolve, reject) => {
      this.#queue.push({ source, commit, resolve, reject })
      this.#schedule()
    })
  }

  /** Takes on no more; waits for what was taken on, then for the worker to have closed the file. */
  async close(): Promise<void> {
    this.#refusal ??= new LogUnavailable('The log is closed')
    if (!this.#isIdle()) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    }
    if (this.#workerIsGone) return
    this.#worker.ref()
    const ended = once(this.#worker, 'exit')
    this.#worker.postMessage(CLOSE)
    await ended
  }

  #isIdle(): boolean {
    return this.#queue.length + this.#underWay.length === 0
  }

  #schedule(): void {
    if (this.#turn !== undefined || this.#underWay.length > 0 || this.#queue.length === 0) return
    this.#turn = setImmediate(() => this.#send())
  }

  #send(): void {
    this.#turn = undefined
    this.#queue = this.#queue.filter((waiting) => !this.#hasLost(waiting))
    if (this.#queue.length === 0) {
      if (this.#isIdle()) this.#onIdle()
      return
    }
    const size = sizeOfBatch(this.#queue)
    this.#underWay = this.#queue.slice(0, size)
    this.#queue = this.#queue.slice(size)
    this.#worker.ref()
    this.#worker.postMessage(JSON.stringify(batchOf(this.#underWay)))
  }

  /** With one of an earlier batch: then it is told so. */
  #hasLost(waiting: Waiting): boolean {
    if (!this.#notMade.isBaseOf(waiting)) return false
    this.#notMade.add(waiting)
    waiting.resolve('conflict')
    return true
  }

  #settle(answer: Answer): void {
    if (answer.kind === 'ready') return
    const batch = this.#underWay
    this.#underWay = []
    this.#worker.unref()
    for (const [index, waiting] of batch.entries()) {
      const verdict = answer.kind === 'done' ? (answer.verdicts[index] ?? 'conflict') : failureOf(answer)
      if (typeof verdict !== 'number') this.#notMade.add(waiting)
      if (verdict instanceof LogUnavailable) waiting.reject(verdict)
      else waiting.resolve(verdict)
    }
    this.#schedule()
    if (this.#isIdle()) this.#onIdle()
  }

  /** Without its worker the log takes no more commits: it must be opened anew. */
  #fail(cause: Error): void {
    if (this.#workerIsGone) return
    this.#workerIsGone = true
    const reason = `the log's writer is gone (${cause.message})`
    const refusal = notWritten(reason, { cause })
    this.#refusal ??= refusal
    rejectAll(this.#underWay, new CommitUnknown(reason, { cause }))
    rejectAll(this.#queue, refusal)
    this.#underWay = []
    this.#queue = []
    this.#onIdle()
  }
}

function failureOf({ reason, outcome }: Answer & { kind: 'failed' }): LogUnavailable {
  if (outcome === 'unknown') return new CommitUnknown(reason)
  return outcome === 'gone' ? new LogGone(reason) : notWritten(reason)
}

function rejectAll(batch: readonly Waiting[], error: LogUnavailable): void {
  for (const { reject } of batch) reject(error)
}

function batchOf(waiting: readonly Waiting[]): Batch {
  const placeOf = (base: LogCommit) => waiting.findIndex(({ source }) => source === base)
  return waiting.map(({ source: { after }, commit }) =>
    after === undefined ? commit : { ...commit, after: after.map(placeOf).filter((place) => place >= 0) },
  )
}

/** How many of the queue go together: at least one. */
function sizeOfBatch(queue: readonly Waiting[]): number {
  let bytes = 0
  const end = queue.findIndex(({ commit }, index) => {
    bytes += commit.bytes
    return index > 0 && (index >= MAX_BATCH_COMMITS || bytes > MAX_BATCH_BYTES)
  })
  return end < 0 ? queue.length : end
}
