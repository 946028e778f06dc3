import { availableParallelism, cpus, totalmem } from 'node:os'

/** On what a run was made: one line. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU'
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${availableParallelism()} cores (${model}), ${memory} GB of memory, ${process.platform} ${process.arch}, node ${process.version}`
}
