import { runFunction } from './runFunction.ts'
import { startRelay } from './startRelay.ts'

await runFunction('the relay', (log, platform, onTrouble) => startRelay(log, platform, { onTrouble }))
