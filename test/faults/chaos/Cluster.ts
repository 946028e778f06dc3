import type { Finished } from '../../support/process.ts'
import type { Vector } from '../../validators/history.ts'
import type { ClusterFault } from './ClusterFault.ts'

export const OPERATOR_KEY = 'operator-key-of-the-chaos-test'

/** Gateways over one directory, and what can be done to them. What it runs on is known to whoever makes one, and to nobody else. */
export interface Cluster {
  /** At least two. */
  readonly nodes: readonly ChaosNode[]
  readonly operatorKey: string
  readonly totalOrder: boolean
  vectorOf(token: string): Vector
  /** What can go wrong with it beside its gateways, or go on beside them. */
  readonly faults: readonly ClusterFault[]
  /** What its other processes did that they should not, so far; nothing excuses it. */
  readonly amiss: readonly string[]
  /** Lets no fault that was inflicted go on. */
  calm(): Promise<void>
  /** Whether the views have what the log has, where it is not enough for that to write and wait for it. Nobody writes. */
  isLevel(): Promise<boolean>
  /** Run by the CLI, beside the nodes; the signal kills it without warning. */
  importFile(file: string, signal?: AbortSignal): Promise<Finished>
  /** Whether the log is sound, and the views are a fold of it. */
  verify(): Promise<Finished>
  close(): Promise<void>
}

/** One gateway, behind a proxy on a port that it keeps. What changes it is done one after the other. */
export interface ChaosNode {
  readonly name: string
  readonly url: string
  cut(): void
  /** kill -9, and up again. */
  kill(): Promise<void>
  /** SIGTERM, and up again. */
  restart(): Promise<void>
  /** SIGSTOP for so long. */
  freeze(ms: number): Promise<void>
}
