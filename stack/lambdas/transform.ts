import { runFunction } from './runFunction.ts'
import { startTransform } from './startTransform.ts'

const { ROLLCALL_MARKS_TABLE: marksTable = '', ROLLCALL_EXTERNAL_STREAM: externalStream = '' } = process.env

await runFunction('the transform', (log, platform, onTrouble) =>
  startTransform(log, platform, { marksTable, externalStream, onTrouble }),
)
