import { parentPort, workerData } from 'node:worker_threads'
import { openSqliteLogReader } from '../../log/sqlite/SqliteLogReader.ts'
import type { FromWorker, ToWorker, WorkerFiles } from './messages.ts'
import { openSoundViews } from './openSoundViews.ts'
import { SyncLoop } from './SyncLoop.ts'

/**
 * The feed's own thread, so that applying a large import never holds up a request. It is its own composition root: connections
 * cannot cross threads. Any trouble ends it; the main side starts another.
 */
if (parentPort === null) throw new Error('this module is the entry of a worker thread')
const port = parentPort
const files = workerData as WorkerFiles
const tell = (message: FromWorker) => port.postMessage(message)

const log = await openSqliteLogReader({ file: files.logFile })
const { views, rebuilt } = await openSoundViews(files.viewFile, log, files.mayRebuild)
const loop = new SyncLoop(log, views, files.brakes, (report) => tell({ kind: 'report', report }))

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'look':
      return loop.look(message.demanded)
    case 'brake':
      return void loop.brake(message.brakes).then(() => tell({ kind: 'braked', id: message.id }))
    case 'close':
      return loop.close()
  }
})
tell({ kind: 'ready', rebuilt })

await loop.run()
await views.close()
await log.close()
port.close()
