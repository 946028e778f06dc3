import { parentPort, workerData } from 'node:worker_threads'
import type { Order, Start } from './Aside.ts'
import { IndexBuilder } from './IndexBuilder.ts'

/** The thread that builds indexes aside: an answer for each step to the end. Whoever started it ends it. */
const { file, step } = workerData as Start
const builder = new IndexBuilder(file, step)

parentPort?.on('message', (order: Order) => {
  if (order === 'look') builder.look()
  else parentPort?.postMessage(builder.finish())
})
