#!/usr/bin/env -S node --max-semi-space-size=16
import { EXIT } from './exitCodes.ts'
import { canRun, NODE_FLAGS, pinnedNode, runUnder, tooOld } from './runtime.ts'

const pinned = pinnedNode()
if (canRun(process.versions.node)) {
  const { runProgram } = await import('./program.ts')
  process.exitCode = await runProgram(process.argv.slice(2))
} else if (pinned !== null && pinned !== process.execPath) {
  process.exitCode = await runUnder(pinned, [...NODE_FLAGS, ...process.argv.slice(1)])
} else {
  process.stderr.write(tooOld(process.version))
  process.exitCode = EXIT.unavailable
}
